import anthropic

client = anthropic.Anthropic()


def ask(text):
    shared = {"model": "claude-sonnet-5-5", "messages": [{"role": "user", "content": text}]}
    size = client.messages.count_tokens(**shared).input_tokens
    if size > 90_000:
        raise ValueError("too long")
    return client.messages.create(**shared, max_tokens=800)
