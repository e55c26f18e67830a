from abc import ABC, abstractmethod
from time import ctime

import anthropic


class Agent(ABC):
    def __init__(self):
        self.client = anthropic.Anthropic()

    @abstractmethod
    def system_prompt(self) -> str: ...

    def run(self, task: str):
        return self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=4096,
            system=[{"type": "text", "text": self.system_prompt(), "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": task}],
        )


class Researcher(Agent):
    manual = open("research.md").read()

    def system_prompt(self) -> str:
        return self.manual + "\n" + ctime()


class Librarian(Agent):
    def system_prompt(self) -> str:
        return open("library.md").read()
