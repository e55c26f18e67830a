import anthropic

client = anthropic.Anthropic()


def ask(document: str, question: str):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=600,
        system=[{"type": "text", "text": f"<document>{document}</document>", "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": f"From the document of {len(document)} characters: {question}"}],
    )
