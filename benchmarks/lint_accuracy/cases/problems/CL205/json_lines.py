import json

import anthropic


class Tables:
    def __init__(self):
        self.client = anthropic.Anthropic()

    def rows(self, page, columns):
        ask = f"List the rows of the table as a JSON array of objects with the keys {columns}. No prose."
        message = self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=2000,
            messages=[{"role": "user", "content": f"{ask}\n\n{page}"}],
        )
        return json.loads(message.content[0].text)
