import anthropic

client = anthropic.Anthropic()


def ask(question):
    message = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": question}]
    )
    if message.model == "claude-3-opus-20240229":
        raise RuntimeError("the gateway still serves a retired model")
    return message
