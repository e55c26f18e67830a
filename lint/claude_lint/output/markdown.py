"""Findings as a table in Markdown, for the summary of a job or a comment on a pull request.

Text that others wrote is shown as text: no character of it is markup.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Place
from claude_lint.output.words import cost, printable, where
from claude_lint.result import UNREADABLE, UNREADABLE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.result import Result

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#!|~@&$])")
_CODE: Final = re.compile(r"`([^`]+)`")


def render(result: Result) -> str:
    """The document: a table where there is something to report, and what was looked at."""
    measured = result.measured is not None
    head = (*(("cost",) if measured else ()), "severity", "rule", "where", "what")
    rows = [
        (
            *((cost(each.measured) if each.measured else "",) if measured else ()),
            each.severity.value,
            f"{each.code} {each.name}",
            code(where(each.place)),
            prose(each.message),
        )
        for each in result.findings
    ]
    rows += [
        (
            *(("",) if measured else ()),
            "error",
            f"{UNREADABLE} {UNREADABLE_NAME}",
            code(where(Place(each.path, each.line, each.column, cell=each.cell))),
            prose(each.message),
        )
        for each in result.errors
    ]
    table = "\n".join(map(row, (head, ["---"] * len(head), *rows))) + "\n\n" if rows else ""
    return f"{table}{result.summary}\n"


def row(cells: Sequence[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def prose(text: str) -> str:
    """The text with what stands between backticks as code, and all other markup escaped."""
    shown = printable(" ".join(text.split()))
    parts = _CODE.split(shown)
    return "".join(
        code(part) if number % 2 else _MARKUP.sub(r"\\\1", part) for number, part in enumerate(parts)
    )


def code(text: str) -> str:
    """Code that no character of the text ends, with pipes as a table needs them."""
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")
