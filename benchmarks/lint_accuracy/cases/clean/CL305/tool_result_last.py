import anthropic

client = anthropic.Anthropic()


def finish(question, assistant_turn, result, tools):
    messages = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": assistant_turn},
        {"role": "user", "content": [result]},
    ]
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=700, tools=tools, messages=messages)
