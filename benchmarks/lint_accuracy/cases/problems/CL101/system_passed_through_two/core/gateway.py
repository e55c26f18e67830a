import anthropic


class Gateway:
    def __init__(self):
        self._sdk = anthropic.AsyncAnthropic()

    async def send(self, system, user, **extra):
        blocks = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
        return await self._sdk.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=1000,
            system=blocks,
            messages=[{"role": "user", "content": user}],
            **extra,
        )
