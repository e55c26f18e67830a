import uuid
from pathlib import Path

from anthropic import Anthropic

GUIDE = Path("style_guide.txt").read_text()


def edit(article: str) -> str:
    trace = uuid.uuid4().hex
    header = "Request " + trace + "\n"
    instructions = header + GUIDE
    answer = Anthropic().messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        system=[{"type": "text", "text": instructions, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": article}],
    )
    return answer.content[0].text
