import anthropic

TOOL = {"name": "answer", "description": "Give the answer.", "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}}}


class Oracle:
    options = {"tool_choice": {"type": "any"}, "tools": [TOOL]}

    def __init__(self):
        self.client = anthropic.Anthropic()

    def ask(self, question):
        return self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=1500,
            messages=[{"role": "user", "content": question}],
            **self.options,
        )
