import anthropic

from text import INTRO

client = anthropic.Anthropic()
MODEL = "claude-haiku-4-5"


def check(invoice):
    block = {"type": "text", "text": INTRO}
    block["cache_control"] = {"type": "ephemeral"}
    return client.messages.create(
        model=MODEL, max_tokens=300, system=[block], messages=[{"role": "user", "content": invoice}]
    )
