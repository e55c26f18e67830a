import anthropic

client = anthropic.Anthropic()
RECORD = {
    "name": "record_receipt",
    "description": "Record the merchant, the date and the total of a receipt.",
    "input_schema": {
        "type": "object",
        "properties": {"merchant": {"type": "string"}, "date": {"type": "string"}, "total": {"type": "number"}},
    },
}


def receipt(text):
    best = "claude-opus-4-6"
    message = client.messages.create(
        model=best,
        max_tokens=250,
        tools=[RECORD],
        tool_choice={"type": "tool", "name": "record_receipt"},
        messages=[{"role": "user", "content": f"Extract the receipt data:\n{text}"}],
    )
    return next(block.input for block in message.content if block.type == "tool_use")
