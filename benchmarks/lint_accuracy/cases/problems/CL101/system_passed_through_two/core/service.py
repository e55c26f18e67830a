from core.gateway import Gateway


class Service:
    def __init__(self, gateway: Gateway | None = None):
        self.gateway = gateway or Gateway()

    async def answer(self, preamble, question):
        return await self.gateway.send(preamble, question)
