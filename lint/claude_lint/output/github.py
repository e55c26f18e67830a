"""Findings as GitHub Actions workflow commands, which become annotations of a pull request.

A line of a notebook's cell is no line of its file: there the annotation is on the file, and says the cell and
line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint.findings import Place, Severity
from claude_lint.result import UNREADABLE, UNREADABLE_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from claude_lint.result import Result

COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(result: Result, workspace: Path | None = None) -> str:
    """One command a line. GitHub wants paths from the checkout, `workspace`; without one they are from the
    root.
    """
    prefix = ""
    if workspace is not None and result.root != workspace and result.root.is_relative_to(workspace):
        prefix = result.root.relative_to(workspace).as_posix() + "/"
    lines = [
        _command(COMMANDS[each.severity], each.place, prefix, f"{each.code} {each.name}", each.message)
        for each in result.findings
    ]
    lines += [
        _command(
            "error",
            Place(each.path, each.line, each.column, cell=each.cell),
            prefix,
            f"{UNREADABLE} {UNREADABLE_NAME}",
            each.message,
        )
        for each in result.errors
    ]
    return "".join(f"{line}\n" for line in lines)


def _command(command: str, place: Place, prefix: str, title: str, message: str) -> str:
    properties: dict[str, str | int] = {"file": prefix + place.path}
    if place.cell is None:
        properties |= {"line": place.line, "col": place.column}
        if place.end_line:
            properties["endLine"] = place.end_line
        if place.end_line == place.line:
            # The end here is the last column of the range; ours is the one after it.
            properties["endColumn"] = max(place.end_column - 1, place.column)
    else:
        message = f"cell {place.cell}, line {place.line}: {message}"
    properties["title"] = title
    shown = ",".join(f"{name}={str(value).translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{command} {shown}::{message.translate(_DATA)}"
