import anthropic

client = anthropic.Anthropic()


def title(conversation):
    message = client.messages.create(
        model="claude-fable-5-2",
        max_tokens=30,
        system="Summarize the conversation in a title of at most six words.",
        messages=[{"role": "user", "content": conversation}],
    )
    return message.content[0].text
