import datetime

import anthropic

client = anthropic.Anthropic()


def sections():
    yield open("persona.md").read()
    yield "Answer in the language of the question."


def reminders():
    yield f"The local time is {datetime.datetime.now().isoformat()}."


def ask(question):
    text = "\n".join([*reminders(), question])
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": "\n\n".join(sections()), "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": text}],
    )
