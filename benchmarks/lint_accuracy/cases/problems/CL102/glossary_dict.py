import json
import os

import anthropic

client = anthropic.Anthropic()


def glossary():
    return {name: open(f"terms/{name}").read() for name in os.listdir("terms")}


def translate(text):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=3000,
        system=[{"type": "text", "text": json.dumps(glossary()), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": text}],
    )
