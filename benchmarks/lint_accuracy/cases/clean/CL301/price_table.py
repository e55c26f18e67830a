import anthropic

PRICES = {"claude-opus-5-5": (4, 20), "claude-sonnet-5-5": (2, 10), "claude-haiku-5-5": (0.1, 0.5)}
client = anthropic.Anthropic()


def extract_names(text):
    model = "claude-haiku-5-5"
    message = client.messages.create(
        model=model,
        max_tokens=120,
        system="Extract the names of people, one per line.",
        messages=[{"role": "user", "content": text}],
    )
    rate = PRICES[model]
    print(message.usage.output_tokens * rate[1] / 1e6)
    return message
