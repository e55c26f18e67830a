import json

import anthropic

client = anthropic.Anthropic()
OPENING = {"mon": "9-17", "tue": "9-17", "sat": "10-14"}
FACTS = json.dumps(OPENING) + open("facts.md").read()


def ask(question):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=200,
        system=[{"type": "text", "text": FACTS, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
