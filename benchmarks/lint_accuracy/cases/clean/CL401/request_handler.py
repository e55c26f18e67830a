import anthropic
from flask import Flask, jsonify, request

app = Flask(__name__)
client = anthropic.Anthropic()


@app.post("/translate")
def translate():
    out = []
    for line in request.json["lines"][:3]:
        message = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=200,
            messages=[{"role": "user", "content": f"Into Dutch: {line}"}],
        )
        out.append(message.content[0].text)
    return jsonify(out)
