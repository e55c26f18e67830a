from dataclasses import dataclass
from datetime import datetime

import anthropic


@dataclass
class Prompt:
    role: str
    corpus: str

    def render(self) -> str:
        parts = [f"Role: {self.role}", self.corpus, f"Generated {datetime.now().timestamp()}"]
        return "\n\n".join(parts)


PROMPT = Prompt("tax adviser", open("tax_code.txt").read())
client = anthropic.Anthropic()


def advise(case: str):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=6000,
        system=[{"type": "text", "text": PROMPT.render(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": case}],
    )
