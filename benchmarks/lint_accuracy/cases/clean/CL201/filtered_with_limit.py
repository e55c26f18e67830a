import anthropic

client = anthropic.Anthropic()


def compact(**values):
    return {k: v for k, v in values.items() if v is not None}


def ask(question, limit=None, system=None):
    return client.messages.create(
        model="claude-sonnet-5-5",
        messages=[{"role": "user", "content": question}],
        **compact(max_tokens=limit or 800, system=system),
    )


print(ask("Why is the sky blue?"))
