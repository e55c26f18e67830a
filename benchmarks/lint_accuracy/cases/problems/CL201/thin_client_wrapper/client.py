import anthropic


class Claude:
    def __init__(self):
        self._sdk = anthropic.Anthropic()

    def send(self, **kwargs):
        kwargs.setdefault("model", "claude-sonnet-5-5")
        return self._sdk.messages.create(**kwargs)
