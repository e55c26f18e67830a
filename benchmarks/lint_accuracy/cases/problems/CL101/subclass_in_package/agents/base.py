from abc import ABC, abstractmethod

import anthropic


class BaseAgent(ABC):
    def __init__(self, client: anthropic.Anthropic):
        self.client = client

    @property
    @abstractmethod
    def instructions(self) -> str:
        raise NotImplementedError

    def step(self, messages):
        return self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=4096,
            system=[{"type": "text", "text": self.instructions, "cache_control": {"type": "ephemeral"}}],
            messages=messages,
        )
