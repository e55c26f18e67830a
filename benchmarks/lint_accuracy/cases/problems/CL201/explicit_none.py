import anthropic

client = anthropic.Anthropic()


def essay(title):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=None,
        messages=[{"role": "user", "content": f"An essay titled {title}."}],
    )
