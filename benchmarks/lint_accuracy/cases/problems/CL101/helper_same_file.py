from datetime import datetime, timezone

import anthropic

BASE = open("agent.md").read()
client = anthropic.AsyncAnthropic()


def _stamp():
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def build_system():
    return f"{BASE}\n\nThe clock reads {_stamp()}."


async def step(history):
    return await client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4096,
        system=[{"type": "text", "text": build_system(), "cache_control": {"type": "ephemeral"}}],
        messages=history[-20:],
    )
