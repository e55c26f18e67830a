import anthropic

client = anthropic.Anthropic()


def category(text):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=16,
        system="Classify the article as sports, politics or science. Reply with one word.",
        messages=[{"role": "user", "content": text}],
    )
