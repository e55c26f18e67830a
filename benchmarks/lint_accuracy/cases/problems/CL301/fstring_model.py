import anthropic

FAMILY = "opus"
VERSION = "5-5"
client = anthropic.Anthropic()


def mood(tweet):
    return client.messages.create(
        model=f"claude-{FAMILY}-{VERSION}",
        max_tokens=5,
        messages=[{"role": "user", "content": f"Sentiment (positive/negative/neutral) of: {tweet}"}],
    )
