import anthropic

client = anthropic.Anthropic(base_url="http://localhost:4000")


def ask(question):
    return client.messages.create(
        model="house-default", max_tokens=300, messages=[{"role": "user", "content": question}]
    )
