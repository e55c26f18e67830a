import anthropic


class Bot:
    def __init__(self, persona):
        self.persona = persona
        self.turns = []
        self.client = anthropic.Anthropic()

    def hear(self, text):
        self.turns.append({"role": "user", "content": text})
        reply = self.client.messages.create(
            model="claude-haiku-5-5", max_tokens=300, system=self.persona, messages=self.turns
        )
        answer = reply.content[0].text
        self.turns.append({"role": "assistant", "content": answer})
        return answer
