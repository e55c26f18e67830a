import anthropic

client = anthropic.Anthropic()


def submit(reviews):
    return client.messages.batches.create(
        requests=[
            {
                "custom_id": f"review-{i}",
                "params": {
                    "model": "claude-haiku-5-5",
                    "messages": [{"role": "user", "content": f"Reply to this review: {text}"}],
                },
            }
            for i, text in enumerate(reviews)
        ]
    )
