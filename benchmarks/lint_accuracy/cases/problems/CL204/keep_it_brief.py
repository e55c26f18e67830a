import anthropic

client = anthropic.Anthropic()
STYLE = "Keep your answers as short as possible."


def tip(plant):
    prompt = f"How do I water a {plant}? {STYLE}"
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=2000, messages=[{"role": "user", "content": prompt}]
    )
