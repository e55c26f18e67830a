import anthropic

client = anthropic.Anthropic()


def next_move(position):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=9000,
        thinking={"type": "adaptive"},
        output_config={"effort": "high"},
        system="You are a chess grandmaster. Find the best move and prove that it wins.",
        messages=[{"role": "user", "content": position}],
    )
