import anthropic

client = anthropic.Anthropic()


def label(ticket: str) -> str:
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=10,
        system="Classify the support ticket as one of: billing, bug, feature, other. Reply with the label only.",
        messages=[{"role": "user", "content": ticket}],
    )
    return message.content[0].text.strip()
