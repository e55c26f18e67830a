import anthropic

client = anthropic.Anthropic()


def reply(text, short):
    kwargs = {"model": "claude-sonnet-5-5", "messages": [{"role": "user", "content": text}]}
    if short:
        kwargs["max_tokens"] = 60
    else:
        kwargs["system"] = "Answer in depth."
    return client.messages.create(**kwargs)
