from anthropic import AsyncAnthropic


class Translator:
    def __init__(self, target):
        self.target = target
        self.client = AsyncAnthropic()

    def _request(self, text):
        return {
            "model": "claude-haiku-5-5",
            "system": f"Translate into {self.target}.",
            "messages": [{"role": "user", "content": text}],
        }

    async def translate(self, text):
        message = await self.client.messages.create(**self._request(text))
        return message.content[0].text
