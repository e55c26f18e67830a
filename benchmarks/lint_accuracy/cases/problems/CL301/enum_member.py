from enum import Enum

import anthropic


class Model(str, Enum):
    BEST = "claude-opus-5-5"
    CHEAP = "claude-haiku-5-5"


client = anthropic.Anthropic()


def is_question(line):
    return client.messages.create(
        model=Model.BEST.value,
        max_tokens=2,
        system="Is the line a question? Reply only true or false.",
        messages=[{"role": "user", "content": line}],
    )
