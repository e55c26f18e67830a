import anthropic

client = anthropic.Anthropic()


def prove(statement):
    with client.messages.stream(
        model="claude-fable-5-2",
        max_tokens=60000,
        system="You are a mathematician who knows the classification of finite simple groups. Prove the statement.",
        messages=[{"role": "user", "content": statement}],
    ) as stream:
        return stream.get_final_text()
