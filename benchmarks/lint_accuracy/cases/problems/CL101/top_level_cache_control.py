import datetime

import anthropic

client = anthropic.Anthropic()
NORMS = open("norms.md").read()


def chat(messages):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1024,
        cache_control={"type": "ephemeral"},
        system=NORMS + "\nTime: " + str(datetime.datetime.now()),
        messages=messages,
    )
