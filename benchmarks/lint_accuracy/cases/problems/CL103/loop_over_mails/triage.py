import anthropic

from prompts import TRIAGE

client = anthropic.Anthropic()


def triage_all(mails):
    for mail in mails:
        message = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=120,
            system=[{"type": "text", "text": TRIAGE}],
            messages=[{"role": "user", "content": mail}],
        )
        yield message.content[0].text
