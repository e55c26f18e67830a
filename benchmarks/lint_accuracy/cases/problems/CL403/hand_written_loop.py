import time

import anthropic

client = anthropic.Anthropic(max_retries=4)


def ask(question):
    for attempt in range(5):
        try:
            return client.messages.create(
                model="claude-sonnet-5-5", max_tokens=300, messages=[{"role": "user", "content": question}]
            )
        except anthropic.APIStatusError:
            time.sleep(2**attempt)
    raise RuntimeError("Claude did not answer")
