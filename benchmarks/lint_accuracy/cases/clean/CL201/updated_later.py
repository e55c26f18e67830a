import anthropic

client = anthropic.Anthropic()


def describe(text, extra):
    params = dict(model="claude-sonnet-5-5", messages=[{"role": "user", "content": text}])
    params.update({"max_tokens": 400, "stop_sequences": ["END"]})
    if extra:
        params.update(extra)
    return client.messages.create(**params)
