import json
from pathlib import Path

import anthropic

client = anthropic.Anthropic()


def load_tools(folder: Path) -> list:
    tools = []
    for path in folder.glob("*.json"):
        if path.name.startswith("_"):
            continue
        tools.append(json.loads(path.read_text()))
    tools[-1]["cache_control"] = {"type": "ephemeral"}
    return tools


def run(messages):
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=4096, tools=load_tools(Path("tools")), messages=messages
    )
