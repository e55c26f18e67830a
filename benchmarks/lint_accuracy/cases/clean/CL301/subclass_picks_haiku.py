import anthropic


class Base:
    model = "claude-opus-5-5"
    system = "You are a thoughtful analyst. Write a full report."
    limit = 8000

    def __init__(self):
        self.client = anthropic.Anthropic()

    def run(self, text):
        return self.client.messages.create(
            model=self.model,
            max_tokens=self.limit,
            system=self.system,
            messages=[{"role": "user", "content": text}],
        )


class SpamFilter(Base):
    model = "claude-haiku-5-5"
    system = "Is this spam? Answer yes or no."
    limit = 4
