import anthropic

client = anthropic.Anthropic()


def ask(question, model="claude-sonnet-4-5"):
    return client.messages.create(
        model=model, max_tokens=300, messages=[{"role": "user", "content": question}]
    )
