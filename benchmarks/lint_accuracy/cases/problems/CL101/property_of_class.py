import os
import time

from anthropic import Anthropic


class Concierge:
    model = "claude-sonnet-5-5"

    def __init__(self, brochure_path: str):
        self._client = Anthropic(api_key=os.environ["ANTHROPIC_API_KEY"])
        with open(brochure_path) as f:
            self._brochure = f.read()

    @property
    def instructions(self) -> str:
        return f"[{time.strftime('%X')}] You are the concierge of a hotel.\n{self._brochure}"

    def answer(self, guest: str) -> str:
        blocks = [{"type": "text", "text": self.instructions, "cache_control": {"type": "ephemeral"}}]
        msg = self._client.messages.create(
            model=self.model, max_tokens=500, system=blocks, messages=[{"role": "user", "content": guest}]
        )
        return msg.content[0].text
