import anthropic
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

client = anthropic.Anthropic()


def params_for(question: str, limit: int) -> MessageCreateParamsNonStreaming:
    return MessageCreateParamsNonStreaming(
        model="claude-sonnet-5-5", max_tokens=limit, messages=[{"role": "user", "content": question}]
    )


def ask(question: str):
    return client.messages.create(**params_for(question, 640))
