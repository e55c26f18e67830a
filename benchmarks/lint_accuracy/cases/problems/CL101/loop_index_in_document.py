import anthropic

client = anthropic.Anthropic()
CONTRACT = open("contract.txt").read()


def interrogate(questions):
    answers = []
    for number, question in enumerate(questions, 1):
        document = f"Question {number} of {len(questions)} concerns this contract:\n{CONTRACT}"
        message = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=400,
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}},
                        {"type": "text", "text": question},
                    ],
                }
            ],
        )
        answers.append(message.content[0].text)
    return answers
