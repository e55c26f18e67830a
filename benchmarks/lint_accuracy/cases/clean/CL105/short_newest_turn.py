import anthropic

client = anthropic.Anthropic()


def go_on(history):
    newest = {
        "role": "user",
        "content": [{"type": "text", "text": "Go on.", "cache_control": {"type": "ephemeral"}}],
    }
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=900, messages=[*history, newest]
    )
