from datetime import datetime
from pathlib import Path

import anthropic

HERE = Path(__file__).parent
TEMPLATE = (HERE / "system_prompt.txt").read_text()
PROTOCOL = (HERE / "protocol.md").read_text()
client = anthropic.Anthropic()


def triage(transcript: str):
    system = TEMPLATE.format(reference=PROTOCOL, started_at=datetime.now().isoformat())
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1500,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": transcript}],
    )
