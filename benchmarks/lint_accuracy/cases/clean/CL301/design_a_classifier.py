import anthropic

client = anthropic.Anthropic()


def design(dataset_card):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=12000,
        system="Design and implement a classifier for the data set. Write the training code and justify each choice.",
        messages=[{"role": "user", "content": dataset_card}],
    )
