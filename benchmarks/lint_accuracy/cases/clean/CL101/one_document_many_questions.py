import anthropic

client = anthropic.Anthropic()
QUESTIONS = ["Who are the parties?", "When does it end?", "What does it cost?"]


def interview(contract: str) -> list[str]:
    document = {"type": "text", "text": contract, "cache_control": {"type": "ephemeral"}}
    answers = []
    for question in QUESTIONS:
        previous = "\n".join(answers)
        message = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=300,
            messages=[
                {
                    "role": "user",
                    "content": [document, {"type": "text", "text": f"So far:\n{previous}\n{question}"}],
                }
            ],
        )
        answers.append(message.content[0].text)
    return answers
