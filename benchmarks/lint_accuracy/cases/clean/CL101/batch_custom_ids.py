import uuid

import anthropic

RUBRIC = open("rubric.md").read()
client = anthropic.Anthropic()


def grade(essays):
    system = [{"type": "text", "text": RUBRIC, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    return client.messages.batches.create(
        requests=[
            {
                "custom_id": f"{uuid.uuid4().hex}-{index}",
                "params": {
                    "model": "claude-sonnet-5-5",
                    "max_tokens": 600,
                    "system": system,
                    "messages": [{"role": "user", "content": essay}],
                },
            }
            for index, essay in enumerate(essays)
        ]
    )
