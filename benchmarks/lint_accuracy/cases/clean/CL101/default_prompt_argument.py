import anthropic

DEFAULT = open("default.md").read()
client = anthropic.Anthropic()


def ask(question, prompt=DEFAULT, *, suffix=""):
    text = prompt + suffix
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=256,
        system=[{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )


def ask_briefly(question):
    return ask(question, suffix="\nUse two sentences at most.")
