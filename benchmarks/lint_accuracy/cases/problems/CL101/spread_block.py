import uuid

import anthropic

client = anthropic.Anthropic()
EPHEMERAL = {"type": "ephemeral"}


def cached(block):
    return {**block, "cache_control": EPHEMERAL}


def text(value):
    return {"type": "text", "text": value}


def review(diff):
    preamble = text(f"Review run {uuid.uuid1()}\n" + open("review_rules.md").read())
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        system=[cached(preamble)],
        messages=[{"role": "user", "content": diff}],
    )
