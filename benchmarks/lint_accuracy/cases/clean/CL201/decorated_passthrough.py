import functools

import anthropic

client = anthropic.Anthropic()


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        print(sorted(kwargs))
        return function(*args, **kwargs)

    return wrapper


create = logged(client.messages.create)


def ask(question):
    return create(model="claude-haiku-5-5", max_tokens=100, messages=[{"role": "user", "content": question}])
