import anthropic
from flask import Flask, request, session

app = Flask(__name__)
client = anthropic.Anthropic()
RULES = open("rules.md").read()


@app.post("/chat")
def chat():
    personal = f"The visitor is {session['name']} from {request.remote_addr}."
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=600,
        system=[
            {"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": personal},
        ],
        messages=[{"role": "user", "content": request.json["text"]}],
    )
    return message.content[0].text
