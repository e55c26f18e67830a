import os

import requests

INSTRUCTION = "Does the text contain hate speech? Reply with YES or NO."


def flagged(text):
    reply = requests.post(
        "https://api.anthropic.com/v1/messages",
        headers={"x-api-key": os.environ["KEY"], "anthropic-version": "2023-06-01"},
        json={
            "model": "claude-opus-5-5",
            "max_tokens": 3,
            "system": INSTRUCTION,
            "messages": [{"role": "user", "content": text}],
        },
        timeout=20,
    )
    return reply.json()["content"][0]["text"] == "YES"
