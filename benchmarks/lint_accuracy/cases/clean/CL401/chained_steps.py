import sys

import anthropic

client = anthropic.Anthropic()


def main():
    draft = open(sys.argv[1]).read()
    for advice in ("Cut it by a third.", "Make the verbs active.", "Fix the ending."):
        message = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=4000,
            messages=[{"role": "user", "content": f"{advice}\n\n{draft}"}],
        )
        draft = message.content[0].text
    print(draft)


if __name__ == "__main__":
    main()
