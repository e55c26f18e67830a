"""Findings in one line each, as editors and terminals can open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claude_lint.output.full import COLOURS
from claude_lint.output.words import fixable, printable, where

if TYPE_CHECKING:
    from claude_lint.result import Result


def render(result: Result) -> str:
    """The lines, what was looked at, and what can be fixed. Coloured; print with `click.echo`, which decides."""
    lines = [
        f"{click.style(where(each.place), bold=True)} "
        f"{click.style(each.code, fg=COLOURS[each.severity], bold=True)} {each.name}  {printable(each.message)}"
        for each in result.findings
    ]
    return "\n".join([*lines, f"{result.summary}\n{fixable(result.summary)}"])
