import os
from datetime import datetime

import httpx

SCRIPT = open("script.md").read()


def phone_turn(utterance: str) -> dict:
    payload = {
        "model": "claude-haiku-5-5",
        "max_tokens": 150,
        "system": [
            {"type": "text", "text": "Now: " + datetime.now().ctime() + "\n" + SCRIPT, "cache_control": {"type": "ephemeral"}}
        ],
        "messages": [{"role": "user", "content": utterance}],
    }
    response = httpx.post(
        "https://api.anthropic.com/v1/messages",
        headers={"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"},
        json=payload,
        timeout=30,
    )
    return response.json()
