import anthropic
from flask import Flask, request

from memory import remember

app = Flask(__name__)
client = anthropic.Anthropic()


@app.post("/talk/<session>")
def talk(session):
    messages = remember(session, "user", request.json["text"])
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=600, messages=messages)
    remember(session, "assistant", reply.content[0].text)
    return reply.content[0].text
