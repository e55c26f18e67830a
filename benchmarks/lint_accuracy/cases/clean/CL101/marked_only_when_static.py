from datetime import datetime

import anthropic

client = anthropic.Anthropic()
RULES = open("rules.md").read()


def ask(question, live):
    if live:
        block = {"type": "text", "text": f"{RULES}\nNow: {datetime.now().isoformat()}"}
    else:
        block = {"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[block],
        messages=[{"role": "user", "content": question}],
    )
