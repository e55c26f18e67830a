import anthropic

client = anthropic.Anthropic()


def draft(brief):
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=3000, messages=[{"role": "user", "content": brief}]
    )


def headline(text):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=40,
        messages=[{"role": "user", "content": f"A headline for this text: {text}"}],
    )
