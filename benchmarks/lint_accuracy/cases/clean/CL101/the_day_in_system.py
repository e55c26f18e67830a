from datetime import date

import anthropic

client = anthropic.Anthropic()
POLICY = open("policy.md").read()


def reply(ticket):
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=800,
        system=[
            {
                "type": "text",
                "text": f"Today is {date.today():%A, %d %B %Y}.\n\n{POLICY}",
                "cache_control": {"type": "ephemeral"},
            }
        ],
        messages=[{"role": "user", "content": ticket.body}],
    )
