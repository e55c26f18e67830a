from datetime import datetime, timedelta

import anthropic

client = anthropic.Anthropic()
FOUNDED = datetime(1998, 4, 1, 9, 30)
CUTOFF = datetime.fromisoformat("2026-10-01T00:00:00") - timedelta(days=1)
HISTORY = open("history.md").read()


def ask(question):
    system = f"Founded {FOUNDED.isoformat()}, told until {CUTOFF:%Y-%m-%d %H:%M}.\n{HISTORY}"
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=250,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
