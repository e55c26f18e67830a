import anthropic

client = anthropic.Anthropic()


def name_it(product):
    return client.messages.create(
        model="claude-haiku-5-5",
        output_config={"effort": "low", "max_tokens": 50},
        messages=[{"role": "user", "content": f"A name for {product}"}],
    )
