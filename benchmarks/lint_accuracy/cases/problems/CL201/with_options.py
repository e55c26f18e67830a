import anthropic

client = anthropic.Anthropic()


def patient(question):
    return client.with_options(timeout=300, max_retries=5).messages.create(
        model="claude-opus-5-5",
        system="Think before you answer.",
        messages=[{"role": "user", "content": question}],
    )
