import anthropic

client = anthropic.Anthropic()


def sentiment(review, model):
    return client.messages.create(
        model=model,
        max_tokens=4,
        system="Positive, negative or neutral? One word.",
        messages=[{"role": "user", "content": review}],
    )
