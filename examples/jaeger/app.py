"""Three tickets about one handbook: the first call writes the prompt cache, the others read it."""

from __future__ import annotations

import anthropic

import otel_claude

otel_claude.instrument()

client = anthropic.Anthropic()
HANDBOOK = "Parcels are sent the day they are ordered. Returns are free for thirty days. " * 120
TICKETS = ("Where is my parcel?", "How do I return a lamp?", "May I return it after six weeks?")


@otel_claude.feature("answer-ticket")
def answer(ticket: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": ticket}],
    )
    return "".join(block.text for block in message.content if block.type == "text")


for ticket in TICKETS:
    print(answer(ticket))
