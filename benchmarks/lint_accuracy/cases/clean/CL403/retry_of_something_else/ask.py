import anthropic

from storage import load

client = anthropic.Anthropic(max_retries=5)


def ask(key):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": load(key)}]
    )
