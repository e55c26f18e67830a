import json
import os

import anthropic

client = anthropic.Anthropic()
ROLES = {"admin", "editor", "reader"}


def ask(question):
    listing = [name for name in sorted(os.listdir("policies")) if name.endswith(".md")]
    facts = json.dumps({"roles": sorted(ROLES), "files": listing, "count": len(ROLES)}, sort_keys=True)
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[
            {"type": "text", "text": facts},
            {"type": "text", "text": open("law.md").read(), "cache_control": {"type": "ephemeral"}},
        ],
        messages=[{"role": "user", "content": question}],
    )
