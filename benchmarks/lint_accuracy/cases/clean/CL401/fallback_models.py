import anthropic

client = anthropic.Anthropic(max_retries=0)


def main():
    prompt = open("prompt.txt").read()
    for model in ["claude-opus-5-5", "claude-sonnet-5-5"]:
        try:
            message = client.messages.create(
                model=model, max_tokens=900, messages=[{"role": "user", "content": prompt}]
            )
        except anthropic.OverloadedError:
            continue
        print(message.content[0].text)
        break


if __name__ == "__main__":
    main()
