import anthropic
import registry

client = anthropic.Anthropic()
STOCK = open("stock.csv").read()


def sell(visitor):
    prompt = registry.load("seller", stock=STOCK)
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": prompt, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": visitor}],
    )
