import anthropic

client = anthropic.Anthropic()
SYSTEM = "Assign the product to exactly one category: toys, books, garden, kitchen."


def categorise(products):
    requests = []
    for product in products:
        params = dict(
            model="claude-opus-5-5",
            max_tokens=6,
            system=SYSTEM,
            messages=[{"role": "user", "content": product.title}],
        )
        requests.append({"custom_id": product.sku, "params": params})
    return client.messages.batches.create(requests=requests)
