from string import Template

import anthropic
from flask import Flask, request

app = Flask(__name__)
claude = anthropic.Anthropic()
PERSONA = Template(open("persona.tmpl").read() + "\nThe visitor wrote: $question\n")


@app.post("/ask")
def ask():
    system = PERSONA.substitute(question=request.json["question"])
    message = claude.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1000,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": "Answer the visitor."}],
    )
    return {"answer": message.content[0].text}
