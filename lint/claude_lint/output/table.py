"""What the findings cost: the findings by call site, the costliest first, beside what traces say of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from claude_lint.output.full import COLOURS
from claude_lint.output.words import NOT_MEASURED, cost, money, percent, printable, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.findings import Finding, Place
    from claude_lint.result import Result

HEADER: Final = ("cost", "calls", "hit", "finding", "call site")
NUMBERS: Final = 3
"""The first columns are numbers, and end on the same side."""


def render(result: Result) -> str:
    """The table with a line above of what all the traces' calls come to. Coloured; print with
    `click.echo`.
    """
    if not result.findings:
        return ""
    functions = {call.place: call.function for call in result.calls}
    rows: list[tuple[str, ...]] = []
    colours: list[str] = []
    above: tuple[Place, ...] = ()
    for finding in result.findings:
        rows.append(_row(finding, functions, again=finding.measured is not None and finding.calls == above))
        colours.append(COLOURS[finding.severity])
        above = finding.calls
    widths = [max(len(row[column]) for row in (HEADER, *rows)) for column in range(len(HEADER))]
    lines = [
        _heading(result),
        "",
        click.style(_line(HEADER, widths), bold=True),
        click.style("  ".join("─" * width for width in widths), dim=True),
        *(_line(row, widths, colour) for row, colour in zip(rows, colours, strict=True)),
    ]
    return "\n".join(lines) + "\n"


def _heading(result: Result) -> str:
    """How much of what was measured at the linted calls is spent where there are findings."""
    everywhere = result.measured or {}
    with_findings = {call for finding in result.findings for call in finding.calls}
    here = sum(each.cost_usd for call, each in everywhere.items() if call in with_findings)
    total = sum(each.cost_usd for each in everywhere.values())
    share = f" ({here / total:.0%})" if total else ""
    return (
        f"{money(here)} of {money(total)}{share} measured at linted calls is spent where there are findings."
    )


def _row(finding: Finding, functions: dict[Place, str], *, again: bool) -> tuple[str, ...]:
    rule = f"{finding.code} {finding.name}"
    if again:
        return ("", "", "", rule, "")
    site = where(finding.call, column=False)
    function = functions.get(finding.call, "")
    site += f" {printable(function)}" if function else ""
    site += f" and {len(finding.others):,} more" if finding.others else ""
    measured = finding.measured
    if measured is None:
        return (NOT_MEASURED, "-", "-", rule, site)
    return (cost(measured), f"{measured.calls:,}", percent(measured.cache_hit_ratio), rule, site)


def _line(row: Sequence[str], widths: Sequence[int], colour: str | None = None) -> str:
    cells = [
        cell.rjust(width) if column < NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    if colour is not None:
        rule = row[NUMBERS]
        cells[NUMBERS] = click.style(rule, fg=colour) + cells[NUMBERS][len(rule) :]
    return "  ".join(cells).rstrip()
