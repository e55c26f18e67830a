import anthropic

client = anthropic.Anthropic()


def migrate(code):
    params = {"model": "claude-opus-5-5", "max_tokens": 100_000, "stream": True}
    for event in client.messages.create(messages=[{"role": "user", "content": "Port to Rust:\n" + code}], **params):
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            yield event.delta.text
