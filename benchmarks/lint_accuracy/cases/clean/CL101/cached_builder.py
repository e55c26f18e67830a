import functools
from pathlib import Path

import anthropic

client = anthropic.Anthropic()


@functools.lru_cache(maxsize=None)
def prompt(name: str) -> str:
    parts = sorted(Path("prompts", name).glob("*.md"))
    return "\n\n".join(part.read_text() for part in parts)


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": prompt("support"), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
