from datetime import datetime

from llm import complete

STYLE = open("newsroom_style.md").read()


def digest(wire: str) -> str:
    return complete(STYLE, f"It is {datetime.now():%H:%M}.\n{wire}")
