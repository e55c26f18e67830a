import datetime

import anthropic

client = anthropic.Anthropic()
MANUAL = open("manual.md").read()


def reply(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=800,
        system=[
            {"type": "text", "text": MANUAL, "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": f"The time is {datetime.datetime.now().isoformat()}."},
        ],
        messages=[{"role": "user", "content": question}],
    )
