import anthropic

REPLACED = {
    "claude-3-opus-20240229": "claude-opus-5-5",
    "claude-3-5-sonnet-20241022": "claude-sonnet-5-5",
    "claude-3-haiku-20240307": "claude-haiku-5-5",
}
client = anthropic.Anthropic()


def ask(question, model="claude-sonnet-5-5"):
    return client.messages.create(
        model=REPLACED.get(model, model), max_tokens=300, messages=[{"role": "user", "content": question}]
    )
