import anthropic

client = anthropic.Anthropic()
LOG = []


def ask(question):
    messages = []
    messages.append({"role": "user", "content": question})
    reply = client.messages.create(model="claude-haiku-5-5", max_tokens=300, messages=messages)
    messages.append({"role": "assistant", "content": reply.content})
    LOG.append(len(messages))
    return reply
