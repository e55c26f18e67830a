import os
import uuid

import httpx

SCRIPT = open("script.md").read()


def phone_turn(utterance: str) -> dict:
    payload = {
        "model": "claude-haiku-5-5",
        "max_tokens": 150,
        "system": [{"type": "text", "text": SCRIPT, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": utterance}],
    }
    headers = {
        "x-api-key": os.environ["ANTHROPIC_API_KEY"],
        "anthropic-version": "2023-06-01",
        "x-request-id": str(uuid.uuid4()),
    }
    return httpx.post("https://api.anthropic.com/v1/messages", headers=headers, json=payload).json()
