import anthropic

import models

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model=models.BEST, max_tokens=900, messages=[{"role": "user", "content": question}]
    )
