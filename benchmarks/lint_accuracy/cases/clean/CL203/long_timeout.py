import anthropic


class Author:
    def __init__(self):
        self.client = anthropic.Anthropic(timeout=3600.0)

    def write(self, brief):
        return self.client.messages.create(
            model="claude-opus-5-5", max_tokens=40_000, messages=[{"role": "user", "content": brief}]
        )
