import os

import anthropic

client = anthropic.Anthropic()


def playbooks():
    texts = []
    for name in os.listdir("playbooks"):
        with open(os.path.join("playbooks", name)) as f:
            texts.append(f.read())
    return "\n\n".join(texts)


def handle(alert):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=2000,
        system=[{"type": "text", "text": playbooks(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": alert}],
    )
