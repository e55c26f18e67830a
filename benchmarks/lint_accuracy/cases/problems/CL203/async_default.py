import anthropic


class Author:
    def __init__(self, max_tokens: int = 60_000):
        self.max_tokens = max_tokens
        self.client = anthropic.AsyncAnthropic()

    async def write(self, brief):
        return await self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=self.max_tokens,
            messages=[{"role": "user", "content": brief}],
        )


author = Author()
