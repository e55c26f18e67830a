from pathlib import Path

import anthropic

client = anthropic.Anthropic()
STYLE = {"type": "text", "text": Path("board_style.md").read_text(), "cache_control": {"type": "ephemeral"}}


def summarise(path):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=600,
        system=[STYLE],
        messages=[{"role": "user", "content": path.read_text()}],
    )
