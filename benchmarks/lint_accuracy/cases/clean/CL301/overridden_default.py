import anthropic

client = anthropic.Anthropic()


def ask(prompt, model="claude-opus-5-5", max_tokens=4000):
    return client.messages.create(
        model=model, max_tokens=max_tokens, messages=[{"role": "user", "content": prompt}]
    )


def intent(utterance):
    return ask(f"Classify the intent: {utterance}", model="claude-haiku-5-5", max_tokens=6)


def essay(question):
    return ask(f"Argue both sides of this question at length: {question}")
