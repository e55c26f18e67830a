import anthropic

_client = anthropic.Anthropic()


def complete(system: str, user: str) -> str:
    message = _client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1024,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": user}],
    )
    return message.content[0].text
