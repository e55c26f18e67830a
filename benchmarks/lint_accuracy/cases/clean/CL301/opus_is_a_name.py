import anthropic

OPUS = "claude-haiku-5-5"
client = anthropic.Anthropic()


def composer(opus_number):
    return client.messages.create(
        model=OPUS,
        max_tokens=10,
        messages=[{"role": "user", "content": f"Who wrote opus {opus_number}? Name only."}],
    )
