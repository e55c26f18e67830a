import os

import anthropic

client = anthropic.Anthropic()


def handbook():
    newest = ""
    for name in os.listdir("handbooks"):
        if name > newest:
            newest = name
    return open(f"handbooks/{newest}").read()


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=3000,
        system=[{"type": "text", "text": handbook(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
