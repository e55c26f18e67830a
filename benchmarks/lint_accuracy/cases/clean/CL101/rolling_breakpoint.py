import anthropic

client = anthropic.Anthropic()


def with_breakpoint(history):
    *older, newest = history
    content = newest["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    content = [*content[:-1], {**content[-1], "cache_control": {"type": "ephemeral"}}]
    return [*older, {**newest, "content": content}]


def chat(history, user_text):
    history = [*history, {"role": "user", "content": user_text}]
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1000, messages=with_breakpoint(history)
    )
