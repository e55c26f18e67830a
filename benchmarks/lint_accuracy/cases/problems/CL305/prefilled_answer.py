import anthropic

client = anthropic.Anthropic()


def as_list(text):
    messages = [{"role": "user", "content": f"List the animals in: {text}"}]
    messages.append({"role": "assistant", "content": "- "})
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=200, messages=messages)
