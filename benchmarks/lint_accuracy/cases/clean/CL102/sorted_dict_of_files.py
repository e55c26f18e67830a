import json
import os

import anthropic

client = anthropic.Anthropic()


def glossary():
    return {name: open(f"terms/{name}").read() for name in sorted(os.listdir("terms"))}


def tools():
    found = []
    for name in os.listdir("tools"):
        found.append(json.load(open(f"tools/{name}")))
    found.sort(key=lambda tool: tool["name"])
    return found


def translate(text):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=3000,
        tools=tools(),
        system=[{"type": "text", "text": json.dumps(glossary()), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": text}],
    )
