import anthropic

client = anthropic.Anthropic()
BASE = {"model": "claude-sonnet-5-5", "max_tokens": 500}


def long_answer(question):
    params = dict(BASE)
    params.pop("max_tokens")
    return client.messages.create(messages=[{"role": "user", "content": question}], **params)
