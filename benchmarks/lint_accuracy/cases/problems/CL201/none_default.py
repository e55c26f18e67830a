import anthropic


class Llm:
    def __init__(self, model="claude-sonnet-5-5", max_tokens=None):
        self.model = model
        self.max_tokens = max_tokens
        self.client = anthropic.Anthropic()

    def ask(self, prompt):
        kwargs = {"model": self.model, "messages": [{"role": "user", "content": prompt}]}
        if self.max_tokens is not None:
            kwargs["max_tokens"] = self.max_tokens
        return self.client.messages.create(**kwargs)


llm = Llm()
print(llm.ask("Name three rivers.").content[0].text)
