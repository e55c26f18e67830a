from pathlib import Path

import anthropic


class Analyst:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.client = anthropic.Anthropic()

    def schema(self):
        return "\n".join(p.read_text() for p in self.folder.glob("*.sql"))

    def query(self, question):
        return self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=900,
            system=[{"type": "text", "text": self.schema(), "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}],
        )
