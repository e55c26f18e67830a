import json

import anthropic

client = anthropic.Anthropic()


def tell(order: dict) -> str:
    prompt = "Tell the customer in two friendly sentences what this JSON order says:\n" + json.dumps(order)
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=150, messages=[{"role": "user", "content": prompt}]
    )
    return message.content[0].text
