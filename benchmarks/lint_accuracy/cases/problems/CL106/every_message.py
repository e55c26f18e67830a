import anthropic

client = anthropic.Anthropic()


def mark(messages):
    for message in messages:
        for block in message["content"]:
            block["cache_control"] = {"type": "ephemeral"}
    return messages


def chat(messages):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=900, messages=mark(messages))
