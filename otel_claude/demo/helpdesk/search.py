"""Finds the product that a customer means. The catalogue is cached, and what changes comes after it."""

from anthropic import Anthropic
from helpdesk.handbook import CATALOGUE

import otel_claude

client = Anthropic()

PARAMS = {
    "model": "claude-haiku-5-5",
    "max_tokens": 100,
    "system": [{"type": "text", "text": CATALOGUE, "cache_control": {"type": "ephemeral"}}],
}


@otel_claude.feature("product-search")
def find(question: str) -> str:
    with client.messages.stream(**PARAMS, messages=[{"role": "user", "content": question}]) as stream:
        return stream.get_final_text()
