import anthropic

client = anthropic.Anthropic()


def ask(question, model):
    if model.startswith("claude-2") or model == "claude-instant-1.2":
        raise ValueError(f"{model} is retired")
    return client.messages.create(
        model=model, max_tokens=300, messages=[{"role": "user", "content": question}]
    )
