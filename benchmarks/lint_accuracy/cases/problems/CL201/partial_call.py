from functools import partial

import anthropic

client = anthropic.Anthropic()
ask_haiku = partial(client.messages.create, model="claude-haiku-5-5", system="Answer like a librarian.")


def find_book(wish):
    return ask_haiku(messages=[{"role": "user", "content": wish}])
