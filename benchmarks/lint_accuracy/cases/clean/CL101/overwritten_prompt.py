from datetime import datetime

import anthropic

client = anthropic.Anthropic()
TERMS = open("terms.md").read()


def explain(clause):
    system = f"{TERMS} printed {datetime.now()}"
    print(system[:80])
    system = TERMS
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=3000,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": clause}],
    )
