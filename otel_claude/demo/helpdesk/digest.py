"""Sums up the morning for the manager."""

import os

from anthropic import Anthropic

import otel_claude

client = Anthropic()

MODEL = os.getenv("HELPDESK_DIGEST_MODEL", "claude-sonnet-4-5")


@otel_claude.feature("daily-digest")
def summarise(tickets: list[str]) -> str:
    message = client.messages.create(
        model=MODEL,
        max_tokens=400,
        messages=[
            {"role": "user", "content": "Sum up these tickets in three sentences.\n\n" + "\n\n".join(tickets)}
        ],
    )
    return message.content[0].text
