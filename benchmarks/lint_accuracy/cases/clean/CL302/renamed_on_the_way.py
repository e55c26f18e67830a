import anthropic

client = anthropic.Anthropic()
RENAMED = {
    "claude-3-opus-20240229": "claude-opus-5-5",
    "claude-2.1": "claude-sonnet-5-5",
}


def ask(question, model="claude-haiku-5-5"):
    for old, new in RENAMED.items():
        if model == old:
            model = new
    return client.messages.create(
        model=RENAMED.get(model, model), max_tokens=1000, messages=[{"role": "user", "content": question}]
    )
