import anthropic

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model="claude-5-5-sonnet",
        max_tokens=300,
        messages=[{"role": "user", "content": question}],
    )
