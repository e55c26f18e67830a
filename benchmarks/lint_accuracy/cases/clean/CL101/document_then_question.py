import anthropic

client = anthropic.Anthropic()
REPORT = open("annual_report.txt").read()


def ask(question, asked_at):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": REPORT, "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": f"{asked_at}: {question}"},
                ],
            }
        ],
    )
