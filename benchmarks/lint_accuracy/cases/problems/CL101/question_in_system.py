import anthropic

client = anthropic.Anthropic()
RULES = open("rules.md").read()


def answer(question: str) -> str:
    system = [
        {
            "type": "text",
            "text": f"{RULES}\n\nThe customer wants to know: {question}",
            "cache_control": {"type": "ephemeral"},
        }
    ]
    reply = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=system,
        messages=[{"role": "user", "content": question.strip()}],
    )
    return reply.content[0].text
