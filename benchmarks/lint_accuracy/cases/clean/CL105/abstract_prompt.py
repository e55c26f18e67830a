from abc import ABC, abstractmethod

import anthropic


class Agent(ABC):
    def __init__(self):
        self.client = anthropic.Anthropic()

    @abstractmethod
    def system_prompt(self) -> str: ...

    def run(self, task):
        return self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=4096,
            system=[{"type": "text", "text": self.system_prompt(), "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": task}],
        )


class Librarian(Agent):
    def system_prompt(self) -> str:
        return open("library.md").read()
