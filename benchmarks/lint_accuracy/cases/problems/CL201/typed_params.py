import anthropic
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

client = anthropic.Anthropic()


def params_for(question: str) -> MessageCreateParamsNonStreaming:
    return MessageCreateParamsNonStreaming(
        model="claude-sonnet-5-5",
        messages=[{"role": "user", "content": question}],
    )


def ask(question: str):
    return client.messages.create(**params_for(question))
