import anthropic

MAX_TOKENS = 16000
client = anthropic.Anthropic()


def story(premise):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=MAX_TOKENS,
        messages=[{"role": "user", "content": f"Write a novella from this premise: {premise}"}],
    )
