import anthropic

client = anthropic.Anthropic(max_retries=0)


def ask_with_headers(question):
    raw = client.messages.with_raw_response.create(
        model="claude-haiku-5-5", messages=[{"role": "user", "content": question}]
    )
    print(raw.headers.get("request-id"))
    return raw.parse()
