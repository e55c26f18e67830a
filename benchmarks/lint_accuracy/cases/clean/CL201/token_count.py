import anthropic

client = anthropic.Anthropic()


def price(text):
    count = client.messages.count_tokens(
        model="claude-opus-5-5", messages=[{"role": "user", "content": text}]
    )
    return count.input_tokens * 4 / 1_000_000
