import anthropic

client = anthropic.Anthropic()


def describe(image_url):
    params = {"model": "claude-sonnet-5-5", "system": "Describe pictures for blind readers."}
    params["messages"] = [
        {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": image_url}}]}
    ]
    return client.messages.create(**params)
