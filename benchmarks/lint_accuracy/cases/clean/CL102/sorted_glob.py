import glob

import anthropic

client = anthropic.Anthropic()


def schema():
    names = glob.glob("schema/*.sql")
    names.sort()
    return "\n".join(open(name).read() for name in names)


def query(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=900,
        system=[{"type": "text", "text": schema(), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
