import json
import re

import anthropic

from prompts import EVENT

client = anthropic.Anthropic()


def event(announcement):
    reply = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        messages=[{"role": "user", "content": EVENT + announcement}],
    )
    return json.loads(re.search(r"```json(.*)```", reply.content[0].text, re.S)[1])
