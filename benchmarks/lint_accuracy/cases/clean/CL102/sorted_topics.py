import anthropic

client = anthropic.Anthropic()
MANUAL = open("manual.md").read()
TOPICS = {"billing", "shipping", "returns", "warranty"}


def ask(question):
    scope = "Topics: " + ", ".join(sorted(TOPICS))
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": scope + "\n" + MANUAL, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
