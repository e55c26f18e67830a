import anthropic

client = anthropic.Anthropic()
SYSTEM = [{"type": "text", "text": open("game.md").read(), "cache_control": {"type": "ephemeral"}}]


def play(turns, premium):
    model = "claude-opus-5-5" if premium else "claude-sonnet-5-5"
    messages = []
    for text in turns[:20]:
        messages.append({"role": "user", "content": text})
        reply = client.messages.create(
            model=model, max_tokens=500, cache_control={"type": "ephemeral"}, system=SYSTEM, messages=messages
        )
        messages.append({"role": "assistant", "content": reply.content})
    return messages
