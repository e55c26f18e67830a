import anthropic

client = anthropic.Anthropic()


def chapter(outline):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=32000,
        messages=[{"role": "user", "content": f"Write the chapter: {outline}"}],
    )
