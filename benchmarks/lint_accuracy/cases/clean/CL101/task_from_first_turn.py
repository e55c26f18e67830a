import anthropic

client = anthropic.Anthropic()


def step(history: list[dict]):
    task = history[0]["content"]
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=600,
        system=[{"type": "text", "text": f"Your task: {task}", "cache_control": {"type": "ephemeral"}}],
        messages=history,
    )
