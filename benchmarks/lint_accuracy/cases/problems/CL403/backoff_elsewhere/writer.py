import anthropic

from retrying import patient


class Writer:
    def __init__(self):
        self.client = anthropic.AsyncAnthropic()

    @patient
    async def write(self, brief):
        return await self.client.messages.create(
            model="claude-opus-5-5", max_tokens=3000, messages=[{"role": "user", "content": brief}]
        )
