import anthropic

client = anthropic.Anthropic()


def ask(prompt, model="claude-opus-5-5", max_tokens=1024):
    message = client.messages.create(
        model=model, max_tokens=max_tokens, messages=[{"role": "user", "content": prompt}]
    )
    return message.content[0].text


def detect_intent(utterance):
    return ask(
        f"Classify the intent of the utterance as greeting, order, complaint or goodbye: {utterance}",
        max_tokens=6,
    )
