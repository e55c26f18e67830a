from datetime import datetime

import anthropic

client = anthropic.Anthropic()


def greet(name):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=40,
        system=f"Greet the visitor by name. It is {datetime.now():%H:%M}.",
        messages=[{"role": "user", "content": name}],
    )
