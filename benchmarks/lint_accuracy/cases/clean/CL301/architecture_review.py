import anthropic

client = anthropic.Anthropic()


def review(design_doc):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=8000,
        system="You are a principal engineer. Find the flaws in the design and argue for a better one.",
        messages=[{"role": "user", "content": design_doc}],
    )
