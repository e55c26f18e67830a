import anthropic

client = anthropic.Anthropic()
MODEL = {"opus": "claude-opus-5-5", "haiku": "claude-haiku-5-5"}["haiku"]


def categorise(products):
    return client.messages.batches.create(
        requests=[
            {
                "custom_id": product.sku,
                "params": {
                    "model": MODEL,
                    "max_tokens": 6,
                    "system": "Assign the product to one category: toys, books, garden, kitchen.",
                    "messages": [{"role": "user", "content": product.title}],
                },
            }
            for product in products
        ]
    )
