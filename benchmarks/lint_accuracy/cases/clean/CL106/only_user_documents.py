import anthropic

client = anthropic.Anthropic()


def mark_last(messages):
    for message in messages:
        if message is messages[-1]:
            message["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return messages


def chat(messages):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=900, messages=mark_last(messages)
    )
