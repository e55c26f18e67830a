import anthropic
from fastapi import FastAPI, Request

app = FastAPI()
client = anthropic.AsyncAnthropic()
KNOWLEDGE = open("kb.md").read()


@app.post("/chat")
async def chat(request: Request):
    body = await request.json()
    ip = request.client.host
    system = f"Caller address {ip}, message id {body['id']}.\n{KNOWLEDGE}"
    answer = await client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=400,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": body["text"]}],
    )
    return answer.content[0].text
