import anthropic

import config

client = anthropic.Anthropic()


def advise(question):
    params = config.COMMON | config.MODELS["good"]
    return client.messages.create(**params, messages=[{"role": "user", "content": question}])
