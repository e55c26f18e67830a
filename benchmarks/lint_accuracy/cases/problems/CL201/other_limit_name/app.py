import anthropic

from defaults import with_defaults

client = anthropic.Anthropic()


def ask(text):
    return client.messages.create(**with_defaults(messages=[{"role": "user", "content": text}]))
