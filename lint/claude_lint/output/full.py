"""Findings for people: each with its line of code, the chain that led there, the fix and what was measured.

Source text, messages and paths come from files that others wrote: control characters in them are shown, not
sent to the terminal.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import click

from claude_lint.findings import WRITTEN, Place, Severity, Step
from claude_lint.output.words import fixable, measured, printable, where
from claude_lint.result import UNREADABLE, UNREADABLE_NAME

if TYPE_CHECKING:
    from claude_lint.findings import Finding
    from claude_lint.result import FileError, Result

COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

WIDTH: Final = 140
"""A longer line of code is shown in part, around the place of the finding."""


def render(result: Result) -> str:
    """The findings, what was looked at, and what can be fixed. Coloured; print with `click.echo`, which
    decides.
    """
    blocks = [_block(finding, result) for finding in result.findings]
    return "\n".join([*blocks, f"{result.summary}\n{fixable(result.summary)}"])


def muted_line(finding: Finding, reason: str) -> str:
    """One line for a finding that traces disprove."""
    return f"{where(finding.place)} {finding.code} {finding.name}  muted: {printable(reason)}"


def error_line(error: FileError) -> str:
    """One line for a file that could not be analysed."""
    place = Place(error.path, error.line, error.column, cell=error.cell)
    return f"{where(place)} {UNREADABLE} {UNREADABLE_NAME}  {printable(error.message)}"


def _block(finding: Finding, result: Result) -> str:
    colour = COLOURS[finding.severity]
    code = click.style(finding.code, fg=colour, bold=True)
    lines = [
        f"{click.style(where(finding.place), bold=True)} {code} {finding.name}  {printable(finding.message)}"
    ]
    gutter = len(str(finding.place.line))
    lines += _frame(finding.place, result, gutter, colour)
    margin = " " * gutter + click.style(" = ", fg="blue")
    lines += [
        f"{margin}{where(step.place, column=False)}  {printable(step.message)}"
        for step in finding.chain
        if step != Step(finding.place, WRITTEN)
    ]
    places = (finding.place, *(step.place for step in finding.chain))
    called = where(finding.call, column=False)
    if called not in {where(place, column=False) for place in places}:
        lines.append(f"{margin}{called}  the call")
    if finding.fix is not None:
        fix = click.style("fix", fg="green")
        lines.append(f"{margin}{fix} ({finding.fix.applicability}): {printable(finding.fix.message)}")
    if result.measured is not None:
        lines.append(f"{margin}{measured(finding.measured)}")
    if finding.evidence is not None:
        lines.append(f"{margin}confirmed: {printable(finding.evidence)}")
    return "\n".join(lines) + "\n"


def _frame(place: Place, result: Result, gutter: int, colour: str) -> list[str]:
    """The first line of the place with the place underlined; nothing when the text is not at hand."""
    text = result.sources.line(place.path, place.line, place.cell)
    if text is None:
        return []
    start = min(place.column - 1, len(text))
    end = place.end_column - 1 if place.end_line == place.line else len(text.rstrip())
    end = min(max(end, start + 1), max(len(text), start + 1))
    first, last = _window(len(text), start)
    shown = ("…" if first else "") + printable(text[first:last]) + ("…" if last < len(text) else "")
    before = (" " if first else "") + "".join(_blank(character) for character in text[first:start])
    carets = "^" * max(sum(_width(character) for character in text[start : min(end, last)]), 1)
    bar = click.style("|", fg="blue")
    number = click.style(str(place.line), fg="blue")
    empty = f"{' ' * gutter} {bar}"
    return [empty, f"{number} {bar} {shown}", f"{empty} {before}{click.style(carets, fg=colour)}"]


def _window(length: int, start: int) -> tuple[int, int]:
    if length <= WIDTH:
        return 0, length
    first = max(0, min(start - WIDTH // 3, length - WIDTH))
    return first, min(length, first + WIDTH)


def _blank(character: str) -> str:
    return "\t" if character == "\t" else " " * _width(character)


def _width(character: str) -> int:
    """How many columns of a terminal the character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
