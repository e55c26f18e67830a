import time

import anthropic

client = anthropic.Anthropic()
RULES = open("rules.md").read()


def ask(question, cached=True):
    block = {"type": "text", "text": f"{time.time()} {RULES}"}
    if cached:
        block["cache_control"] = {"type": "ephemeral"}
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[block],
        messages=[{"role": "user", "content": question}],
    )
