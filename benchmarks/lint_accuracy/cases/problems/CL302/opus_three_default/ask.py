import anthropic

from conf import Conf

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model=Conf.model, max_tokens=Conf.limit, messages=[{"role": "user", "content": question}]
    )
