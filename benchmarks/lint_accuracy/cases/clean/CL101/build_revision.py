import os

import anthropic

REVISION = os.environ.get("GIT_SHA", "dev")
BASE = open("base.md").read()
client = anthropic.AsyncAnthropic()


async def handle(text):
    return await client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        system=[
            {"type": "text", "text": f"{BASE}\nBuild {REVISION}", "cache_control": {"type": "ephemeral"}}
        ],
        messages=[{"role": "user", "content": text}],
    )
