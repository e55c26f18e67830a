import anthropic


class Guide:
    MODEL = "claude-sonnet-4-5-20250929"

    def __init__(self):
        self.client = anthropic.Anthropic()

    def ask(self, question):
        with self.client.messages.stream(
            model=self.MODEL, max_tokens=900, messages=[{"role": "user", "content": question}]
        ) as stream:
            return stream.get_final_text()
