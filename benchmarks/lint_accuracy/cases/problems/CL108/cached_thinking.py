import anthropic

client = anthropic.Anthropic()


def go_on(question, signature, thought):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=4000,
        thinking={"type": "adaptive"},
        messages=[
            {"role": "user", "content": question},
            {
                "role": "assistant",
                "content": [
                    {
                        "type": "thinking",
                        "thinking": thought,
                        "signature": signature,
                        "cache_control": {"type": "ephemeral"},
                    },
                    {"type": "text", "text": "Shall I go on?"},
                ],
            },
            {"role": "user", "content": "Yes."},
        ],
    )
