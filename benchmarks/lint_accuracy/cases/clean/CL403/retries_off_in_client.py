import anthropic
from tenacity import retry, retry_if_exception_type, stop_after_attempt

client = anthropic.Anthropic(max_retries=0)


@retry(stop=stop_after_attempt(4), retry=retry_if_exception_type(anthropic.APIConnectionError))
def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": question}]
    )
