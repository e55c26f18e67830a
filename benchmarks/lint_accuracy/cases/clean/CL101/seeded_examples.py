import json
import random

import anthropic

SHOTS = random.Random(7).sample(json.load(open("shots.json")), 12)
TEXT = "\n\n".join(f"{shot['in']} -> {shot['out']}" for shot in SHOTS)
client = anthropic.Anthropic()


def label(sentence):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=20,
        system=[{"type": "text", "text": TEXT, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": sentence}],
    )
