import uuid

import anthropic

RUBRIC = open("rubric.md").read()
client = anthropic.Anthropic()


def grade(essays):
    requests = []
    for essay in essays:
        requests.append(
            {
                "custom_id": essay["id"],
                "params": {
                    "model": "claude-sonnet-5-5",
                    "max_tokens": 600,
                    "system": [
                        {
                            "type": "text",
                            "text": f"Grading ticket {uuid.uuid4()}\n{RUBRIC}",
                            "cache_control": {"type": "ephemeral", "ttl": "1h"},
                        }
                    ],
                    "messages": [{"role": "user", "content": essay["text"]}],
                },
            }
        )
    return client.messages.batches.create(requests=requests)
