from collections import deque

import anthropic


class Bot:
    def __init__(self):
        self.turns = deque(maxlen=20)
        self.client = anthropic.Anthropic()

    def hear(self, text):
        self.turns.append({"role": "user", "content": text})
        reply = self.client.messages.create(
            model="claude-haiku-5-5", max_tokens=300, messages=list(self.turns)
        )
        self.turns.append({"role": "assistant", "content": reply.content})
        return reply
