import uuid

from core.service import Service

service = Service()
MANUAL = open("manual.md").read()


async def main(question):
    return await service.answer(f"{uuid.uuid4()}\n{MANUAL}", question)
