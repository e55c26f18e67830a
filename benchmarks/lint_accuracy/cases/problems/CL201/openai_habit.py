import anthropic

client = anthropic.Anthropic()


def rewrite(paragraph):
    return client.messages.create(
        model="claude-sonnet-5-5",
        extra_body={"max_completion_tokens": 400},
        messages=[{"role": "user", "content": f"Rewrite more clearly: {paragraph}"}],
    )
