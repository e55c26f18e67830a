"""Answers tickets from the handbook."""

from datetime import datetime

from anthropic import Anthropic
from helpdesk.handbook import HANDBOOK

import otel_claude

client = Anthropic()

MODEL = "claude-sonnet-5-5"


def system_prompt() -> str:
    return f"You answer for the shop. It is {datetime.now().isoformat()}.\n\n{HANDBOOK}"


@otel_claude.feature("support-answers")
def answer(ticket: str) -> str:
    with client.messages.stream(
        model=MODEL,
        max_tokens=600,
        system=[{"type": "text", "text": system_prompt(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": ticket}],
    ) as stream:
        return stream.get_final_text()
