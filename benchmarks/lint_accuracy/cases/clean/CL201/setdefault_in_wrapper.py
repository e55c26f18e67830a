import anthropic


class Claude:
    def __init__(self):
        self._sdk = anthropic.Anthropic()

    def send(self, **kwargs):
        kwargs.setdefault("model", "claude-sonnet-5-5")
        kwargs.setdefault("max_tokens", 1024)
        return self._sdk.messages.create(**kwargs)


print(Claude().send(messages=[{"role": "user", "content": "Hello"}]))
