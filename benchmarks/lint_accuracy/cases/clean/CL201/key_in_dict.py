import anthropic

client = anthropic.Anthropic()


def describe(text):
    params = {"model": "claude-sonnet-5-5", "max_tokens": 400}
    params["messages"] = [{"role": "user", "content": text}]
    return client.messages.create(**params)
