import anthropic


class Bot:
    def __init__(self):
        self.turns = []
        self.client = anthropic.Anthropic()

    def hear(self, text):
        self.turns.append({"role": "user", "content": text})
        self.turns = self.turns[-21:]
        reply = self.client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=self.turns)
        self.turns.append({"role": "assistant", "content": reply.content})
        return reply
