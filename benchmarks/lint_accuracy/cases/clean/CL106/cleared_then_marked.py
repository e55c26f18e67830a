import anthropic

client = anthropic.Anthropic()


def remark(messages):
    for message in messages:
        for block in message["content"]:
            block.pop("cache_control", None)
    messages[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return messages


def chat(messages):
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=900, messages=remark(messages))
