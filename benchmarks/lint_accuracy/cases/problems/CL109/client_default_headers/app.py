from connection import connect

client = connect()


def ask(question):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=200, messages=[{"role": "user", "content": question}]
    )
