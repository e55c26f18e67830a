from datetime import datetime

import anthropic

from .tools import TOOLS

client = anthropic.Anthropic()


def act(task):
    tools = [*TOOLS[:-1], {**TOOLS[-1], "cache_control": {"type": "ephemeral"}}]
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        tools=tools,
        system=f"You control a lab robot. Clock: {datetime.now().isoformat()}",
        messages=[{"role": "user", "content": task}],
    )
