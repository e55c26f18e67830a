import anthropic

client = anthropic.Anthropic()


def one(text):
    return {
        "model": "claude-haiku-5-5",
        "max_tokens": 120,
        "messages": [{"role": "user", "content": f"Reply to this review: {text}"}],
    }


def submit(reviews):
    return client.messages.batches.create(
        requests=[{"custom_id": str(i), "params": one(text)} for i, text in enumerate(reviews)]
    )
