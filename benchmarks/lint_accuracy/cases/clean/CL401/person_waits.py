import anthropic

client = anthropic.Anthropic()


def main():
    while (line := input("word> ")) != "quit":
        message = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=60,
            messages=[{"role": "user", "content": f"A rhyme for {line}"}],
        )
        print(message.content[0].text)


if __name__ == "__main__":
    main()
