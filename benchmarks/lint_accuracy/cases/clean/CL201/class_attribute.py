import anthropic


class Writer:
    limit = 2000

    def __init__(self, client=None):
        self.client = client or anthropic.Anthropic()
        self.options = {"model": "claude-opus-5-5"}
        self.options["max_tokens"] = self.limit

    def write(self, brief):
        return self.client.messages.create(messages=[{"role": "user", "content": brief}], **self.options)
