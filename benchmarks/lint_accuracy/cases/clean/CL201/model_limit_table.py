import anthropic

client = anthropic.Anthropic()
LIMITS = {"claude-sonnet-5-5": 4000, "claude-haiku-5-5": 1000}


def limit_for(model):
    return LIMITS.get(model, 500)


def ask(model, question):
    return client.messages.create(
        model=model, max_tokens=limit_for(model), messages=[{"role": "user", "content": question}]
    )
