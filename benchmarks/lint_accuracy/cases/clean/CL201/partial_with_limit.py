from functools import partial

import anthropic

client = anthropic.Anthropic()
ask_haiku = partial(client.messages.create, model="claude-haiku-5-5", max_tokens=200)


def find_book(wish):
    return ask_haiku(messages=[{"role": "user", "content": wish}])
