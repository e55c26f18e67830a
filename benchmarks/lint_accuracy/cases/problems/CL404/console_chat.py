import anthropic

client = anthropic.Anthropic()
history = []

while True:
    history.append({"role": "user", "content": input("> ")})
    message = client.messages.create(model="claude-sonnet-5-5", max_tokens=500, messages=history)
    history.append({"role": "assistant", "content": message.content})
    print(message.content[0].text)
