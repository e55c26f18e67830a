import anthropic
from fastapi import FastAPI, Request

app = FastAPI()
client = anthropic.AsyncAnthropic()
KNOWLEDGE = open("kb.md").read()


@app.post("/chat")
async def chat(request: Request):
    body = await request.json()
    print("chat", request.client.host, body["id"])
    answer = await client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=400,
        system=[{"type": "text", "text": KNOWLEDGE, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": f"{body['id']}: {body['text']}"}],
    )
    return answer.content[0].text
