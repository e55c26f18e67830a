"""Says which tickets are urgent."""

import otel_claude
from helpdesk.claude import client

MODEL = "claude-opus-5-5"

INSTRUCTIONS = """\
Classify the support ticket. Answer with one word: "urgent" when the customer cannot use what they paid for,
"normal" otherwise. No explanation."""


@otel_claude.feature("ticket-triage")
def is_urgent(ticket: str) -> bool:
    message = client.messages.create(
        model=MODEL,
        max_tokens=8,
        system=INSTRUCTIONS,
        messages=[{"role": "user", "content": ticket}],
    )
    return "urgent" in message.content[0].text.lower()
