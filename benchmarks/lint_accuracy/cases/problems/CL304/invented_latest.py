import anthropic

MODEL = "claude-haiku-5-5-latest"
client = anthropic.Anthropic()


def ask(question):
    params = {"model": MODEL, "max_tokens": 100}
    return client.messages.create(**params, messages=[{"role": "user", "content": question}])
