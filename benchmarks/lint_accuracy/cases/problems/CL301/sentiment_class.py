from anthropic import Anthropic


class SentimentScorer:
    model = "claude-opus-5-5"

    def __init__(self):
        self.client = Anthropic()
        self.instructions = "Decide whether the review is positive, negative or neutral. One word."

    def score(self, review):
        message = self.client.messages.create(
            model=self.model,
            max_tokens=4,
            system=self.instructions,
            messages=[{"role": "user", "content": review}],
        )
        return message.content[0].text
