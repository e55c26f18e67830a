import os

import requests

URL = "https://api.anthropic.com/v1/messages"


def ask(prompt):
    headers = {
        "x-api-key": os.environ["ANTHROPIC_API_KEY"],
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
    }
    body = {"model": "claude-sonnet-5-5", "messages": [{"role": "user", "content": prompt}]}
    response = requests.post(URL, headers=headers, json=body, timeout=60)
    response.raise_for_status()
    return response.json()["content"][0]["text"]
