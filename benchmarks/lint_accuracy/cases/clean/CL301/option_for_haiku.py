import argparse
import sys

import anthropic


def main():
    parser = argparse.ArgumentParser(description="Labels mail. Give --model claude-opus-5-5 for hard ones.")
    parser.add_argument("--model", default="claude-haiku-5-5")
    parser.add_argument("--fallback", default="claude-opus-5-5")
    args = parser.parse_args()
    message = anthropic.Anthropic().messages.create(
        model=args.model,
        max_tokens=6,
        messages=[{"role": "user", "content": "Which language is this? Only the code.\n" + sys.stdin.read()}],
    )
    print(message.content[0].text)


main()
