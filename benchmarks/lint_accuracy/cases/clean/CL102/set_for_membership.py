import anthropic

client = anthropic.Anthropic()
GUIDE = open("guide.md").read()
BLOCKED = {"casino", "lottery"}


def ask(question):
    if BLOCKED & set(question.lower().split()):
        return None
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        system=[{"type": "text", "text": GUIDE, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
