import anthropic

import config

client = anthropic.Anthropic()


def advise(question):
    params = config.COMMON | config.MODELS["fast"]
    return client.messages.create(**params, messages=[{"role": "user", "content": question}])


def elaborate(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        messages=[{"role": "user", "content": question}],
        **{**config.COMMON, "max_tokens": config.LIMIT},
    )
