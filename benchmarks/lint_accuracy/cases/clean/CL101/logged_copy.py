import copy
import time

import anthropic

client = anthropic.Anthropic()
PROMPT = open("prompt.md").read()


def run(question, sink):
    params = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 400,
        "system": [{"type": "text", "text": PROMPT, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": question}],
    }
    logged = copy.deepcopy(params)
    logged["system"][0]["text"] += f" @ {time.time()}"
    sink.write(repr(logged))
    return client.messages.create(**params)
