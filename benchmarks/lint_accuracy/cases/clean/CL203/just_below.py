import anthropic

client = anthropic.Anthropic()


def port(code):
    return client.messages.create(
        model="claude-opus-5-5", max_tokens=21_333, messages=[{"role": "user", "content": "Port to Go:\n" + code}]
    )
