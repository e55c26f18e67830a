import anthropic

from headers import Stamped


class Bot:
    def __init__(self):
        self.client = anthropic.Anthropic()

    def header(self) -> str:
        return ""

    def prompt(self) -> str:
        return self.header() + open("prompt.md").read()

    def ask(self, question: str):
        return self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=800,
            system=[{"type": "text", "text": self.prompt(), "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}],
        )


class StampedBot(Stamped, Bot):
    """What the web front end uses."""
