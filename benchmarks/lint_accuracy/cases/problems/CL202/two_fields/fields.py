import anthropic

from limits import DEFAULTS

client = anthropic.Anthropic()
SCHEMA = {
    "type": "object",
    "properties": {"valid": {"type": "boolean"}, "score": {"type": "integer"}},
    "required": ["valid", "score"],
    "additionalProperties": False,
}


def score(answer):
    return client.messages.create(
        **DEFAULTS,
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
        messages=[{"role": "user", "content": f"Score this answer: {answer}"}],
    )
