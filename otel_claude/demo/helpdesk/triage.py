"""Says which tickets are urgent."""

import json

from anthropic import Anthropic

import otel_claude

client = Anthropic()

MODEL = "claude-opus-5-5"

INSTRUCTIONS = """\
Classify the support ticket. It is "urgent" when the customer cannot use what they paid for, or money is missing. It is
"normal" otherwise: questions before buying, shipping, returns, spare parts. Extract the name of the product too, or
"none" when the ticket names none. The products are Aster, Borage, Clover, Dahlia, Erica, Freesia, Gentian, Heather."""

ANSWER = {
    "type": "object",
    "properties": {
        "urgency": {"type": "string", "enum": ["urgent", "normal"]},
        "product": {"type": "string"},
    },
    "required": ["urgency", "product"],
    "additionalProperties": False,
}


@otel_claude.feature("ticket-triage")
def is_urgent(ticket: str) -> bool:
    message = client.messages.create(
        model=MODEL,
        max_tokens=60,
        system=INSTRUCTIONS,
        messages=[{"role": "user", "content": ticket}],
        output_config={"format": {"type": "json_schema", "schema": ANSWER}},
    )
    return json.loads(message.content[0].text)["urgency"] == "urgent"
