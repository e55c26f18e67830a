import json
import random

import anthropic

EXAMPLES = json.load(open("examples.json"))
client = anthropic.Anthropic()


def tag(sentence: str) -> str:
    shots = list(EXAMPLES)
    random.shuffle(shots)
    messages = []
    for shot in shots:
        messages.append({"role": "user", "content": shot["in"]})
        messages.append({"role": "assistant", "content": shot["out"]})
    messages[-1] = {
        "role": "assistant",
        "content": [
            {"type": "text", "text": shots[-1]["out"], "cache_control": {"type": "ephemeral"}}
        ],
    }
    messages.append({"role": "user", "content": sentence})
    reply = client.messages.create(model="claude-haiku-5-5", max_tokens=60, messages=messages)
    return reply.content[0].text
