from datetime import datetime

import anthropic
from twilio.rest import Client

claude = anthropic.Anthropic()
sms = Client()
TONE = open("tone.md").read()


def notify(order, number):
    draft = claude.messages.create(
        model="claude-haiku-5-5",
        max_tokens=80,
        system=[{"type": "text", "text": TONE, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": f"Write a text message for order {order}."}],
    )
    sms.messages.create(
        to=number, from_="+15550100", body=f"{datetime.now():%H:%M:%S} {draft.content[0].text}"
    )
