import anthropic

client = anthropic.Anthropic()


def verdict(argument):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=8000,
        thinking={"type": "adaptive"},
        system="Is the argument valid? Think it through, then answer yes or no.",
        messages=[{"role": "user", "content": argument}],
    )
