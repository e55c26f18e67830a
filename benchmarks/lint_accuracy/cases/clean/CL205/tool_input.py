import anthropic

client = anthropic.Anthropic()
SAVE = {
    "name": "save_event",
    "description": "Save the event.",
    "input_schema": {"type": "object", "properties": {"title": {"type": "string"}, "starts": {"type": "string"}}},
}


def event(announcement):
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=200,
        tools=[SAVE],
        tool_choice={"type": "tool", "name": "save_event"},
        messages=[{"role": "user", "content": f"Save this event as JSON:\n{announcement}"}],
    )
    return next(block.input for block in message.content if block.type == "tool_use")
