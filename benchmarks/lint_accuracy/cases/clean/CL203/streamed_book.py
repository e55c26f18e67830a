import anthropic

client = anthropic.Anthropic()


def chapter(outline):
    with client.messages.stream(
        model="claude-opus-5-5",
        max_tokens=64000,
        messages=[{"role": "user", "content": f"Write the chapter: {outline}"}],
    ) as stream:
        yield from stream.text_stream
