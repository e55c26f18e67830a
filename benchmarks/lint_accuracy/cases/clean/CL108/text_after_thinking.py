import anthropic

client = anthropic.Anthropic()


def go_on(question, thinking_block, answer):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        thinking={"type": "adaptive"},
        messages=[
            {"role": "user", "content": question},
            {
                "role": "assistant",
                "content": [
                    thinking_block,
                    {"type": "text", "text": answer, "cache_control": {"type": "ephemeral"}},
                ],
            },
            {"role": "user", "content": "Go on."},
        ],
    )
