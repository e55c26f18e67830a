import anthropic

from .toolset import SEARCH, WRITE

client = anthropic.Anthropic()
SYSTEM = [{"type": "text", "text": open("agent.md").read(), "cache_control": {"type": "ephemeral"}}]


def run(task, execute):
    messages = [{"role": "user", "content": task}]
    for turn in range(12):
        tools = [SEARCH] if turn < 3 else [SEARCH, WRITE]
        reply = client.messages.create(
            model="claude-sonnet-5-5", max_tokens=2000, tools=tools, system=SYSTEM, messages=messages
        )
        messages.append({"role": "assistant", "content": reply.content})
        messages.append({"role": "user", "content": execute(reply)})
