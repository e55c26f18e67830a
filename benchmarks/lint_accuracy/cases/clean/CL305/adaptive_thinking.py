import anthropic

client = anthropic.Anthropic()


def solve(puzzle):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=12000,
        thinking={"type": "adaptive"},
        output_config={"effort": "high"},
        messages=[{"role": "user", "content": puzzle}],
    )
