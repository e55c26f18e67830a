import anthropic

client = anthropic.Anthropic()


def ask(file_id, question):
    return client.beta.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=600,
        betas=["files-api-2025-04-14"],
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "document", "source": {"type": "file", "file_id": file_id}},
                    {"type": "text", "text": question},
                ],
            }
        ],
    )
