import anthropic
from fastapi import FastAPI

app = FastAPI()
client = anthropic.AsyncAnthropic()
SYSTEM = """You answer customers of a shop.
A refund needs the order number and the date of purchase before anything is promised.
An exchange must never be confirmed by chat while the account holder is unverified.
A damaged parcel is refused politely when the item was worn, opened or engraved.
"""


@app.post("/support")
async def support(question: str):
    return await client.messages.create(
        model="claude-sonnet-5-5", max_tokens=500, system=SYSTEM, messages=[{"role": "user", "content": question}]
    )
