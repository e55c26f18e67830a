import os

import anthropic

ROUTER_MODEL = os.getenv("ROUTER_MODEL", "claude-opus-5")
ROUTES = ["sales", "returns", "technical"]
client = anthropic.Anthropic()


def route(message):
    answer = client.messages.create(
        model=ROUTER_MODEL,
        max_tokens=8,
        system=f"Route the message to one of these queues: {', '.join(ROUTES)}. Reply with the queue name only.",
        messages=[{"role": "user", "content": message}],
    )
    return answer.content[0].text
