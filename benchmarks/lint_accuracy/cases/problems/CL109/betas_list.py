import anthropic

client = anthropic.Anthropic()
BETAS = ["files-api-2025-04-14", "extended-cache-ttl-2025-04-11"]


def ask(file_id, question):
    return client.beta.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=600,
        betas=BETAS,
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
