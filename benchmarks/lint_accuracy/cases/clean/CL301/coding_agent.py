import anthropic

client = anthropic.Anthropic()
TOOLS = [
    {"name": "bash", "description": "Run a command.", "input_schema": {"type": "object", "properties": {"cmd": {"type": "string"}}}},
    {"name": "extract_archive", "description": "Extract an archive.", "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}}},
]


def work(issue, run_tool):
    messages = [{"role": "user", "content": f"Fix this issue in the repository: {issue}"}]
    for _ in range(40):
        message = client.messages.create(
            model="claude-opus-5-5",
            max_tokens=16000,
            cache_control={"type": "ephemeral"},
            tools=TOOLS,
            messages=messages,
        )
        messages.append({"role": "assistant", "content": message.content})
        if message.stop_reason != "tool_use":
            break
        messages.append({"role": "user", "content": run_tool(message)})
    return messages
