import anthropic

client = anthropic.Anthropic()


def crossword(clue, length):
    tried = []
    for _ in range(4):
        message = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=20,
            messages=[{"role": "user", "content": f"{clue} ({length} letters), but not {', '.join(tried)}"}],
        )
        word = message.content[0].text.strip()
        if len(word) == length:
            return word
        tried.append(word)
    return None
