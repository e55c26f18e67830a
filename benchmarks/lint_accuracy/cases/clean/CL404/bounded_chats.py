from collections import defaultdict, deque

import anthropic
from flask import Flask, request

app = Flask(__name__)
client = anthropic.Anthropic()
CHATS = defaultdict(lambda: deque(maxlen=20))
NOTES = {}


@app.post("/talk/<session>")
def talk(session):
    history = CHATS[session]
    history.append({"role": "user", "content": request.json["text"]})
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=600, messages=list(history))
    history.append({"role": "assistant", "content": reply.content[0].text})
    return reply.content[0].text


@app.post("/notes/<session>")
def notes(session):
    taken = NOTES.setdefault(session, [])
    taken.append({"role": "user", "content": request.json["text"]})
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=600, messages=taken[-10:])
    return reply.content[0].text
