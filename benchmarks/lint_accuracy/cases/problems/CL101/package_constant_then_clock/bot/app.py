import anthropic

from bot.clock import Clock
from bot.templates import LAWYER

client = anthropic.Anthropic()
STATUTES = open("statutes.txt").read()


def draft(brief: str):
    system = LAWYER.format(opened=Clock.label(), statutes=STATUTES)
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=8000,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": brief}],
    )
