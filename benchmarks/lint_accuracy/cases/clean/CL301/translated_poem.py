import anthropic

client = anthropic.Anthropic()


def translate(poem):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        system="Translate the poem into English verse. Keep metre, rhyme and every ambiguity.",
        messages=[{"role": "user", "content": poem}],
    )
