import anthropic

client = anthropic.Anthropic()


def cached(messages):
    for turn in messages:
        turn["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return messages


def chat(history, tools):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=900, tools=tools, messages=cached(history)
    )
