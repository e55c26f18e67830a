import anthropic

client = anthropic.Anthropic()
PROMPTS = {name: open(f"prompts/{name}.md").read() for name in ("billing", "shipping", "other")}


def category(question: str) -> str:
    words = question.lower()
    return "billing" if "invoice" in words else "shipping" if "parcel" in words else "other"


def answer(question: str):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": PROMPTS[category(question)], "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
