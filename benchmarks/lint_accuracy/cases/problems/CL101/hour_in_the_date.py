from datetime import datetime

import anthropic

client = anthropic.Anthropic()
GUIDE = open("opening_hours.md").read()


def header():
    return datetime.today().strftime("%Y-%m-%d %H:%M:%S")


def ask(question):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=150,
        system=[{"type": "text", "text": f"{header()} {GUIDE}", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
