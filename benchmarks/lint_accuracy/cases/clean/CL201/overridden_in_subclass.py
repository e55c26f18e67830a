import anthropic


class Base:
    def __init__(self):
        self.client = anthropic.Anthropic()

    def options(self):
        raise NotImplementedError

    def ask(self, question):
        return self.client.messages.create(messages=[{"role": "user", "content": question}], **self.options())


class Poet(Base):
    def options(self):
        return {"model": "claude-opus-5-5", "max_tokens": 400}
