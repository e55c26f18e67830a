import anthropic

client = anthropic.Anthropic()


def solve(puzzle):
    thinking = {"type": "enabled", "budget_tokens": 8000}
    return client.messages.create(
        model="claude-opus-4-8",
        max_tokens=12000,
        thinking=thinking,
        messages=[{"role": "user", "content": puzzle}],
    )
