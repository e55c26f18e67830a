import datetime

import anthropic

client = anthropic.Anthropic()
SECTIONS = ["intro.md", "tools.md", "limits.md"]


def ask(question):
    texts = [f"as of {datetime.datetime.now().timestamp()}"] + [open(s).read() for s in SECTIONS]
    system = [{"type": "text", "text": t} for t in texts]
    system[-1].update(cache_control={"type": "ephemeral"})
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=300, system=system, messages=[{"role": "user", "content": question}]
    )
