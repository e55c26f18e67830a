import anthropic

client = anthropic.Anthropic()


def teach():
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=2000,
        messages=[{"role": "user", "content": "Explain to a beginner how JSON differs from YAML, with a story."}],
    )
