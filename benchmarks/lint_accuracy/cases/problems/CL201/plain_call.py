import anthropic


def haiku(topic):
    client = anthropic.Anthropic()
    return client.messages.create(
        model="claude-sonnet-5-5",
        messages=[{"role": "user", "content": f"A haiku about {topic}, please."}],
    )
