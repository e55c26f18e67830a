import anthropic

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        temperature=0,
        messages=[{"role": "user", "content": question}],
    )
