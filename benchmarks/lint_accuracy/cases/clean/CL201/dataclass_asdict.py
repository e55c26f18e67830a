from dataclasses import asdict, dataclass

import anthropic


@dataclass
class Options:
    model: str = "claude-sonnet-5-5"
    max_tokens: int = 900


client = anthropic.Anthropic()


def ask(question, options=Options()):  # noqa: B008
    return client.messages.create(**asdict(options), messages=[{"role": "user", "content": question}])
