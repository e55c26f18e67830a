import datetime

import anthropic

client = anthropic.Anthropic()
SYSTEM = [{"type": "text", "text": open("ops.md").read(), "cache_control": {"type": "ephemeral"}}]
TOOLS = [{"name": "clock", "description": "Tells the time.", "input_schema": {"type": "object", "properties": {}}}]


def run(task):
    messages = [{"role": "user", "content": task}]
    for _ in range(8):
        message = client.messages.create(
            model="claude-sonnet-5-5", max_tokens=1024, system=SYSTEM, tools=TOOLS, messages=messages
        )
        if message.stop_reason != "tool_use":
            return message
        results = [
            {"type": "tool_result", "tool_use_id": b.id, "content": datetime.datetime.now().isoformat()}
            for b in message.content
            if b.type == "tool_use"
        ]
        messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
    return None
