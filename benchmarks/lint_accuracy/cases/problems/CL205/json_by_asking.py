import json

import anthropic

client = anthropic.Anthropic()


def person(text):
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=200,
        system='Return a JSON object with the keys "name" and "age". Return only valid JSON.',
        messages=[{"role": "user", "content": text}],
    )
    return json.loads(message.content[0].text)
