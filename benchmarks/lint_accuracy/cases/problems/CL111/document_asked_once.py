import sys
from pathlib import Path

import anthropic

client = anthropic.Anthropic()


def summarise(path):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        messages=[
            {
                "role": "user",
                "content": [
                    {
                        "type": "text",
                        "text": path.read_text(),
                        "cache_control": {"type": "ephemeral"},
                    },
                    {"type": "text", "text": "Summarise this report for the board."},
                ],
            }
        ],
    )


for report in sorted(Path(sys.argv[1]).glob("*.md")):
    print(summarise(report).content[0].text)
