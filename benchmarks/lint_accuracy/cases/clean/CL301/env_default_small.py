import os

import anthropic

MODEL = os.environ.get("EXTRACT_MODEL", "claude-haiku-5-5")  # was claude-opus-5-5
client = anthropic.Anthropic()


def fields(form):
    return client.messages.create(
        model=MODEL,
        max_tokens=200,
        system="Extract the name, the street and the postcode from the form.",
        messages=[{"role": "user", "content": form}],
    )
