import anthropic

MODEL = "claude-opus-5-5"
client = anthropic.Anthropic()


def plan_routes(depots, orders):
    return client.messages.create(
        model=MODEL,
        max_tokens=10000,
        system="Plan delivery routes for the fleet. Minimise distance, respect every time window, explain trade-offs.",
        messages=[{"role": "user", "content": f"{depots}\n{orders}"}],
    )
