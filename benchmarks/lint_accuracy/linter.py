"""Runs our own linter on a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_lint import lint
from claude_lint.running.config import Config
from claude_rules import RULES

from benchmarks.lint_accuracy.cases import Line
from benchmarks.lint_accuracy.scores import Report

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from claude_lint import Result
    from claude_lint.findings import Finding, Place

CODES: Final = tuple(rule.code for rule in RULES)


def result(
    directory: Path,
    as_of: date,
    extend: tuple[str, ...] = (),
    replaced: Mapping[str, bytes] | None = None,
) -> Result:
    """Lint a directory with the rules that are on by default and those of `extend` that exist.

    `replaced` stands for the bytes of files, by path.
    """
    config = Config(extend_select=tuple(code for code in extend if code in CODES))
    return lint([directory], root=directory, config=config, rules=RULES, as_of=as_of, replaced=replaced)


def reports(directory: Path, as_of: date, extend: tuple[str, ...] = ()) -> list[Report]:
    """What it says, for `scores`."""
    return [_report(finding) for finding in result(directory, as_of, extend).findings]


def _report(finding: Finding) -> Report:
    call = line_of(finding.call)
    others = tuple(line_of(place) for place in (*finding.others, *(step.place for step in finding.chain)))
    return Report(frozenset({finding.code}), line_of(finding.place), others, call, finding.message)


def line_of(place: Place) -> Line:
    return Line(place.path, place.line, place.cell)
