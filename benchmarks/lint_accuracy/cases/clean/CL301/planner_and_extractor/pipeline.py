import anthropic

from models import EXTRACTOR, PLANNER

client = anthropic.Anthropic()


def facts(page):
    return client.messages.create(
        model=EXTRACTOR,
        max_tokens=400,
        system="Extract dates and amounts from the page.",
        messages=[{"role": "user", "content": page}],
    )


def strategy(findings):
    return client.messages.create(
        model=PLANNER,
        max_tokens=9000,
        system="Develop a litigation strategy from the findings. Consider how the other side will answer.",
        messages=[{"role": "user", "content": findings}],
    )
