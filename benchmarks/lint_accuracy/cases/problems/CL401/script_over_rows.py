import csv
import sys

import anthropic

client = anthropic.Anthropic()


def main(path):
    with open(path) as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        message = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=120,
            messages=[{"role": "user", "content": f"Write a product blurb for {row['name']}."}],
        )
        row["blurb"] = message.content[0].text
    csv.DictWriter(sys.stdout, rows[0].keys()).writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1])
