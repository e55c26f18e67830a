import anthropic

client = anthropic.Anthropic()


def ask(question):
    kwargs = {"model": "claude-3-haiku-20240307", "max_tokens": 200}
    return client.messages.create(messages=[{"role": "user", "content": question}], **kwargs)
