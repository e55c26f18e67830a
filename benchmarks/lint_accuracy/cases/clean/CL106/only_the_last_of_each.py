import anthropic

client = anthropic.Anthropic()


def blocks(texts):
    return [
        {"type": "text", "text": text, **({"cache_control": {"type": "ephemeral"}} if i == len(texts) - 1 else {})}
        for i, text in enumerate(texts)
    ]


def ask(texts, question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        system=blocks(texts),
        messages=[{"role": "user", "content": question}],
    )
