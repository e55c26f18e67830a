import time
from datetime import timedelta

import anthropic

client = anthropic.Anthropic()
PAUSE = timedelta(minutes=20)
RUNBOOK = open("runbook.md").read()

while True:
    client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": RUNBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": open("/var/log/alerts").read()}],
    )
    time.sleep(PAUSE.total_seconds())
