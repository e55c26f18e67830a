import time

import anthropic


def make_asker(context: str):
    client = anthropic.Anthropic()

    def prefix():
        return f"t={time.monotonic():.3f} {context}"

    def ask(question: str):
        return client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=512,
            system=[{"type": "text", "text": prefix(), "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}],
        )

    return ask


ask_manual = make_asker(open("manual.txt").read())
