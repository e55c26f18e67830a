import anthropic
from tenacity import retry, stop_after_attempt, wait_exponential

client = anthropic.Anthropic()


@retry(stop=stop_after_attempt(5), wait=wait_exponential())
def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": question}]
    )
