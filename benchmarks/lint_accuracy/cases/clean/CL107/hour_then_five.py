import anthropic

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[
            {"type": "text", "text": open("law.md").read(), "cache_control": {"type": "ephemeral", "ttl": "1h"}},
            {"type": "text", "text": open("news.md").read(), "cache_control": {"type": "ephemeral", "ttl": "5m"}},
        ],
        messages=[{"role": "user", "content": question}],
    )
