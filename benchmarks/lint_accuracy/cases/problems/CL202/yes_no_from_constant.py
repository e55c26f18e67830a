import anthropic

MAX_TOKENS = 16000
client = anthropic.Anthropic()


class Gate:
    question = "Does the message contain a phone number? Answer only yes or no."

    def check(self, message):
        reply = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=MAX_TOKENS,
            system=self.question,
            messages=[{"role": "user", "content": message}],
        )
        return reply.content[0].text == "yes"
