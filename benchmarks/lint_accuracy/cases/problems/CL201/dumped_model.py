import anthropic
from pydantic import BaseModel

client = anthropic.Anthropic()


class Ask(BaseModel):
    model: str = "claude-sonnet-5-5"
    messages: list[dict]
    max_tokens: int | None = None


def ask(text):
    body = Ask(messages=[{"role": "user", "content": text}])
    return client.messages.create(**body.model_dump(exclude_none=True))
