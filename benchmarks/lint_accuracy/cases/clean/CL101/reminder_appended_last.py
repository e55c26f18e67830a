import time

import anthropic

client = anthropic.Anthropic()
RULES = open("rules.md").read()


def ask(messages):
    last = messages[-1]
    last = {**last, "content": [*last["content"], {"type": "text", "text": f"<now>{time.ctime()}</now>"}]}
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=700,
        system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
        messages=[*messages[:-1], last],
    )
