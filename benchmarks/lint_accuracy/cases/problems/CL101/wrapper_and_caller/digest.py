from datetime import datetime

from llm import complete

STYLE = open("newsroom_style.md").read()


def digest(wire: str) -> str:
    return complete(f"{STYLE}\nEdition of {datetime.now():%Y-%m-%d %H:%M:%S}", wire)
