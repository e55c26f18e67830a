import anthropic

import settings

client = anthropic.Anthropic()


def contacts(page: str):
    return client.messages.create(
        model=settings.CLAUDE_MODEL,
        max_tokens=settings.CLAUDE_LIMIT,
        system="Extract every e-mail address and phone number from the web page. One per line.",
        messages=[{"role": "user", "content": page}],
    )
