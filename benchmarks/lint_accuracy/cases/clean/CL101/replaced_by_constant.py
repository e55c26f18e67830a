import anthropic

TEMPLATE = open("bank.md").read()
client = anthropic.Anthropic()


class Teller:
    BANK = "First Credit"

    def prompt(self):
        return TEMPLATE.replace("{{BANK}}", self.BANK).replace("{{NOW}}", "business hours")

    def ask(self, question):
        return client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=400,
            system=[{"type": "text", "text": self.prompt(), "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}],
        )
