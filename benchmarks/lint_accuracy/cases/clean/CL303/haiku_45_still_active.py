import anthropic

MODEL = "claude-haiku-4-5-20251001"
client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model=MODEL, max_tokens=300, messages=[{"role": "user", "content": question}]
    )
