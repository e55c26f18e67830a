import anthropic

client = anthropic.Anthropic()
GUIDE = open("guide.md").read()


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[
            {"type": "text", "text": GUIDE},
            {"type": "text", "text": "", "cache_control": {"type": "ephemeral"}},
        ],
        messages=[{"role": "user", "content": question}],
    )
