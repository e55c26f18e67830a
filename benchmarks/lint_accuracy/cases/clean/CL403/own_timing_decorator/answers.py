import anthropic

from measuring import measured

client = anthropic.Anthropic()


@measured("answer")
def answer(question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=500, messages=[{"role": "user", "content": question}]
    )
