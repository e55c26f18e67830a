import json
import os
import urllib.request


def ask(prompt):
    body = {"model": "claude-sonnet-5-5", "messages": [{"role": "user", "content": prompt}]}
    body["max_tokens"] = int(os.environ.get("MAX_TOKENS", "500"))
    request = urllib.request.Request(
        "https://api.anthropic.com/v1/messages",
        data=json.dumps(body).encode(),
        headers={"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)
