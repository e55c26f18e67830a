import anthropic

client = anthropic.Anthropic()
SYSTEM = [{"type": "text", "text": open("game.md").read(), "cache_control": {"type": "ephemeral"}}]


def play(turns):
    messages = []
    for number, text in enumerate(turns):
        messages.append({"role": "user", "content": text})
        model = "claude-opus-5-5" if number % 2 else "claude-sonnet-5-5"
        reply = client.messages.create(
            model=model, max_tokens=500, cache_control={"type": "ephemeral"}, system=SYSTEM, messages=messages
        )
        messages.append({"role": "assistant", "content": reply.content})
