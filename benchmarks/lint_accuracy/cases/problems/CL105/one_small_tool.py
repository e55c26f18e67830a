import anthropic

client = anthropic.Anthropic()
WEATHER = {
    "name": "weather",
    "description": "Tells the weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    "cache_control": {"type": "ephemeral"},
}


def ask(question):
    return client.messages.create(
        model="claude-opus-4-6", max_tokens=400, tools=[WEATHER], messages=[{"role": "user", "content": question}]
    )
