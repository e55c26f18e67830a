import anthropic

client = anthropic.Anthropic()


def explain(term):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=120,
        system="Explain the term to a child in exactly two sentences.",
        messages=[{"role": "user", "content": term}],
    )
