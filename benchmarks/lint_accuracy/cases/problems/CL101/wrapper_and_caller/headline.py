from llm import complete

STYLE = open("headline_style.md").read()


def headline(story: str) -> str:
    return complete(STYLE, story)
