import anthropic

client = anthropic.Anthropic()
MARK = {"type": "ephemeral"}


def roll(messages):
    for message in messages:
        for block in message["content"]:
            block.pop("cache_control", None)
    for message in messages[-2:]:
        message["content"][-1]["cache_control"] = MARK
    return messages


def chat(messages):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=900, messages=roll(messages)
    )
