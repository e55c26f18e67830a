import anthropic

client = anthropic.Anthropic()


def compare(question):
    answers = {}
    for model in ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"):
        message = client.messages.create(
            model=model, max_tokens=600, messages=[{"role": "user", "content": question}]
        )
        answers[model] = message.content[0].text
    return answers
