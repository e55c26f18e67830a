from pathlib import Path

import anthropic

PROMPT = (Path(__file__).parent / "prompts" / "entities.txt").read_text()


class EntityFinder:
    def __init__(self, client: anthropic.Anthropic):
        self.client = client
        self.model = "claude-opus-5-5"

    def find(self, text):
        return self.client.messages.create(
            model=self.model,
            max_tokens=300,
            system=PROMPT,
            messages=[{"role": "user", "content": text}],
        )
