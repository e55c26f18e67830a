import argparse
import sys

import anthropic


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="claude-opus-5-5")
    args = parser.parse_args()
    text = sys.stdin.read()
    message = anthropic.Anthropic().messages.create(
        model=args.model,
        max_tokens=6,
        messages=[{"role": "user", "content": "Which language is this? Reply with the ISO code.\n" + text}],
    )
    print(message.content[0].text)


if __name__ == "__main__":
    main()
