from time import time_ns

import anthropic

client = anthropic.Anthropic()


def summarise(filing: str, question: str):
    blocks = [
        {"type": "text", "text": f"job-{time_ns()}"},
        {"type": "text", "text": open("gaap.md").read()},
    ]
    blocks[-1]["cache_control"] = {"type": "ephemeral"}
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=3000,
        system=blocks,
        messages=[{"role": "user", "content": filing + "\n\n" + question}],
    )
