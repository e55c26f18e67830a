import anthropic

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model="claude-3-5-sonnet-20241022",
        max_tokens=500,
        messages=[{"role": "user", "content": question}],
    )
