import anthropic

client = anthropic.Anthropic()


def ask(plan_url, question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        messages=[
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {"type": "url", "url": plan_url},
                        "cache_control": {"type": "ephemeral"},
                    },
                    {"type": "text", "text": question},
                ],
            }
        ],
    )
