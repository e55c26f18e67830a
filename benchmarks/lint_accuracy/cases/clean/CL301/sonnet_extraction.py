import anthropic

client = anthropic.Anthropic()


def clauses(contract):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=1500,
        system="Extract the liability clauses from the contract, word for word.",
        messages=[{"role": "user", "content": contract}],
    )
