import logging

import anthropic

from headers import Dated


class Bot:
    def __init__(self):
        self.client = anthropic.Anthropic()

    def prompt(self) -> str:
        return self.header() + open("prompt.md").read()

    def ask(self, question: str):
        return self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=800,
            system=[{"type": "text", "text": self.prompt(), "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}],
        )


class DatedBot(Dated, Bot):
    def ask(self, question: str):
        logging.info("asked at %s", self.stamp())
        return super().ask(question)
