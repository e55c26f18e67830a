import anthropic

client = anthropic.Anthropic()


def explain(term):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=4096,
        system="Explain the term to a child. Be concise.",
        messages=[{"role": "user", "content": term}],
    )
