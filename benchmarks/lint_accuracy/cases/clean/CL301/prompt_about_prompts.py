import anthropic

client = anthropic.Anthropic()


def improve(prompt, failures):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=5000,
        system="You improve prompts. Given a classification prompt and its failures, explain them and write a better one.",
        messages=[{"role": "user", "content": f"<prompt>{prompt}</prompt><failures>{failures}</failures>"}],
    )
