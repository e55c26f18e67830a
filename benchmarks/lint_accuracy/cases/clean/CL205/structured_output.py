import json

import anthropic

client = anthropic.Anthropic()
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def person(text):
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=200,
        system="Return a JSON object with the name and the age.",
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
        messages=[{"role": "user", "content": text}],
    )
    return json.loads(message.content[0].text)
