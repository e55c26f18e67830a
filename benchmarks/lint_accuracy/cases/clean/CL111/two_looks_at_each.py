from pathlib import Path

import anthropic

client = anthropic.Anthropic()


def ask(document, task):
    block = {"type": "text", "text": document, "cache_control": {"type": "ephemeral"}}
    return client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        messages=[{"role": "user", "content": [block, {"type": "text", "text": task}]}],
    )


def summary(document):
    return ask(document, "Summarise.")


def risks(document):
    return ask(document, "List the risks.")


def handle(request):
    for path in Path(request.folder).glob("*.txt"):
        text = path.read_text()
        yield summary(text), risks(text)
