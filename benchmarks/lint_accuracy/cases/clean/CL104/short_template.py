import anthropic

client = anthropic.Anthropic()
TEMPLATE = """Question from {name}: {question}

Answer in the tone of a ship's captain, in at most three sentences."""


def answer(name, question):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=150,
        messages=[{"role": "user", "content": TEMPLATE.format(name=name, question=question)}],
    )
