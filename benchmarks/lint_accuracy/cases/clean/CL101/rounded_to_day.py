from datetime import datetime, timezone

import anthropic

client = anthropic.Anthropic()
GUIDE = open("travel.md").read()


def today() -> str:
    now = datetime.now(timezone.utc)
    return now.strftime("%Y-%m-%d")


def suggest(wish):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=700,
        system=[{"type": "text", "text": GUIDE + "\nDate: " + today(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": wish}],
    )
