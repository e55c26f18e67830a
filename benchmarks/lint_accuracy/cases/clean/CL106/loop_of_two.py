import anthropic

client = anthropic.Anthropic()


def ask(question):
    system = [
        {"type": "text", "text": open(name).read(), "cache_control": {"type": "ephemeral"}}
        for name in ("law.md", "cases.md")
    ]
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=400, system=system, messages=[{"role": "user", "content": question}]
    )
