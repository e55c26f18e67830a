import anthropic

OUTPUT_LIMIT = {"claude-opus-5-5": 128_000, "claude-sonnet-5-5": 64 * 1024}
client = anthropic.Anthropic()


def migrate(code):
    model = "claude-sonnet-5-5"
    kwargs = dict(model=model, max_tokens=OUTPUT_LIMIT[model])
    return client.messages.create(messages=[{"role": "user", "content": "Port to Rust:\n" + code}], **kwargs)
