import anthropic

from defaults import DEFAULTS

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(messages=[{"role": "user", "content": question}], **DEFAULTS)
