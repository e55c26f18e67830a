import anthropic

client = anthropic.Anthropic()
BOOK = open("book.txt").read()


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=[
            {"type": "text", "text": BOOK},
            {"type": "text", "text": "Answer from the book.", "cache_control": {"type": "ephemeral"}},
        ],
        messages=[{"role": "user", "content": question}],
    )
