import anthropic

client = anthropic.Anthropic()


def convert(csv_text):
    params = {
        "model": "claude-opus-5-5",
        "max_tokens": 4000,
        "system": "Convert the CSV rows to a YAML list. Do not change any value.",
    }
    return client.messages.create(messages=[{"role": "user", "content": csv_text}], **params)
