import anthropic

client = anthropic.Anthropic()
RUBRIC = open("rubric.md").read()
SYSTEM = [{"type": "text", "text": RUBRIC, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]


def grade(essays):
    def params(essay):
        return {
            "model": "claude-sonnet-5-5",
            "max_tokens": 800,
            "system": SYSTEM,
            "messages": [{"role": "user", "content": essay}],
        }

    return client.messages.batches.create(
        requests=[{"custom_id": str(i), "params": params(e)} for i, e in enumerate(essays)]
    )
