import anthropic

client = anthropic.Anthropic()


def counter_offer(thread):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=3000,
        thinking={"type": "adaptive"},
        system="You negotiate supply contracts. Work out what the other side values, then draft our counter-offer.",
        messages=[{"role": "user", "content": thread}],
    )
