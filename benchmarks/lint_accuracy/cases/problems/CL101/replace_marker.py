from datetime import datetime

import anthropic

TEMPLATE = open("journalist.md").read() + "\nWritten at __NOW__."
client = anthropic.Anthropic()


def write(topic):
    system = TEMPLATE.replace("__NOW__", datetime.now().strftime("%d %B %Y, %H:%M"))
    with client.messages.stream(
        model="claude-opus-5-5",
        max_tokens=8000,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": topic}],
    ) as stream:
        for piece in stream.text_stream:
            yield piece
