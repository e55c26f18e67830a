import anthropic

client = anthropic.Anthropic()
history = []

while True:
    history.append({"role": "user", "content": input("> ")})
    message = client.beta.messages.create(
        model="claude-opus-5-5",
        max_tokens=2000,
        betas=["compact-2026-01-12"],
        cache_control={"type": "ephemeral"},
        context_management={"edits": [{"type": "compact_20260112"}]},
        messages=history,
    )
    history.append({"role": "assistant", "content": message.content})
    print(message.content[-1].text)
