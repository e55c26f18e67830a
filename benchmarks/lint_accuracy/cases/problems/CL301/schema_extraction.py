import anthropic

client = anthropic.Anthropic()
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "city": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "city", "age"],
    "additionalProperties": False,
}


def parse_person(sentence):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=150,
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
        messages=[{"role": "user", "content": f"Extract the person: {sentence}"}],
    )
