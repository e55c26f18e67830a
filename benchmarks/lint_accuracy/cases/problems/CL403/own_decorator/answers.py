import anthropic

from resilience import resilient

client = anthropic.Anthropic()


@resilient(5)
def answer(question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=500, messages=[{"role": "user", "content": question}]
    )
