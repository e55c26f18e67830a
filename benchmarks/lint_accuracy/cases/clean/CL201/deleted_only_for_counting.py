import anthropic

client = anthropic.Anthropic()


def ask(question):
    params = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": question}],
    }
    countable = {k: v for k, v in params.items() if k != "max_tokens"}
    print(client.messages.count_tokens(**countable).input_tokens)
    return client.messages.create(**params)
