import random

import anthropic

client = anthropic.Anthropic()
LORE = open("lore.md").read()


def roll(action):
    luck = format(random.random(), ".3f")
    system = f"Luck of this turn: {luck}\n{LORE}"
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": action}],
    )
