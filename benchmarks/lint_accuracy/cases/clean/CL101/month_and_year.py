from datetime import datetime

import anthropic

client = anthropic.Anthropic()
CODE = open("tax_code.md").read()


def advise(case):
    now = datetime.now()
    system = f"It is {now:%B} of {now.year}.\n{CODE}"
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=3000,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": case}],
    )
