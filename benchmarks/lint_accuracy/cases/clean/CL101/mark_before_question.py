import anthropic

client = anthropic.Anthropic()


def explore(document, depth=3):
    question = "What is the main claim?"
    for level in range(depth):
        message = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=200,
            system=[{"type": "text", "text": document, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": f"Level {level}: {question}"}],
        )
        question = "What supports this: " + message.content[0].text
    return question
