import anthropic


class Prompt:
    def __init__(self, text, cached=False):
        self.text = text
        self.cached = cached

    def block(self):
        block = {"type": "text", "text": self.text}
        if self.cached:
            block["cache_control"] = {"type": "ephemeral"}
        return block


client = anthropic.Anthropic()


def ask(prompts, question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        system=[prompt.block() for prompt in prompts],
        messages=[{"role": "user", "content": question}],
    )
