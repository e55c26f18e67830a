import anthropic

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[
            {
                "type": "text",
                "text": "You are a helpful assistant who knows Lisbon well.",
                "cache_control": {"type": "ephemeral"},
            }
        ],
        messages=[{"role": "user", "content": question}],
    )
