import time

import anthropic

SEARCH_DOC = open("search_tool.md").read()


class Desk:
    def __init__(self):
        self.api = anthropic.Anthropic()

    def ask(self, text):
        note = "Index refreshed %d seconds after epoch. %s" % (time.time(), SEARCH_DOC)
        tools = [
            {
                "name": "search_orders",
                "description": note,
                "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}},
            }
        ]
        return self.api.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=600,
            tools=tools,
            system=[
                {"type": "text", "text": open("desk.md").read(), "cache_control": {"type": "ephemeral"}}
            ],
            messages=[{"role": "user", "content": text}],
        )
