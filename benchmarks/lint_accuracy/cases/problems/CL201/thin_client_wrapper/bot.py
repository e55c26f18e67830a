from client import Claude

claude = Claude()


def on_message(text):
    return claude.send(messages=[{"role": "user", "content": text}])
