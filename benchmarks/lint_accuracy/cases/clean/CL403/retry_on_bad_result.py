import anthropic
from pydantic import BaseModel, ValidationError
from tenacity import retry, retry_if_exception_type, stop_after_attempt


class Answer(BaseModel):
    city: str


client = anthropic.Anthropic()


@retry(retry=retry_if_exception_type(ValidationError), stop=stop_after_attempt(2))
def capital(country):
    message = client.messages.parse(
        model="claude-haiku-5-5",
        max_tokens=60,
        output_format=Answer,
        messages=[{"role": "user", "content": f"The capital of {country}"}],
    )
    return Answer.model_validate(message.parsed_output)
