import time
import uuid

import anthropic

client = anthropic.Anthropic()
SYSTEM = [{"type": "text", "text": open("system.md").read(), "cache_control": {"type": "ephemeral"}}]


def turn(question):
    envelope = f"<turn id='{uuid.uuid4()}' at='{time.time():.0f}'>{question}</turn>"
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        system=SYSTEM,
        messages=[{"role": "user", "content": envelope}],
    )
