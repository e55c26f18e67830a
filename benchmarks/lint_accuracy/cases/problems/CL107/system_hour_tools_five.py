import anthropic

client = anthropic.Anthropic()
SHORT = {"type": "ephemeral", "ttl": "5m"}
LONG = {"type": "ephemeral", "ttl": "1h"}


def ask(question, tools):
    tools[-1]["cache_control"] = SHORT
    system = [{"type": "text", "text": open("law.md").read(), "cache_control": LONG}]
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        tools=tools,
        system=system,
        messages=[{"role": "user", "content": question}],
    )
