import anthropic

client = anthropic.Anthropic()
ONE = open("one.md").read()
TWO = open("two.md").read()
EPHEMERAL = {"type": "ephemeral"}


def ask(question, tools):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        tools=[{**tools[0], "cache_control": EPHEMERAL}],
        system=[
            {"type": "text", "text": ONE, "cache_control": EPHEMERAL},
            {"type": "text", "text": TWO, "cache_control": EPHEMERAL},
        ],
        messages=[
            {"role": "user", "content": [{"type": "text", "text": open("doc.md").read(), "cache_control": EPHEMERAL}]},
            {"role": "assistant", "content": "Understood."},
            {"role": "user", "content": [{"type": "text", "text": question, "cache_control": EPHEMERAL}]},
        ],
    )
