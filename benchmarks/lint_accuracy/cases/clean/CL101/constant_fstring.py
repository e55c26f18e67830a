import anthropic

COMPANY = "Northwind"
LANGUAGES = ("en", "de", "fr")
HANDBOOK = open("handbook.md").read()
SYSTEM = f"You work for {COMPANY}. Answer in one of {', '.join(LANGUAGES)}.\n{HANDBOOK}"
client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": question}],
    )
