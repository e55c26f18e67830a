"""What reports are worth against labels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.lint_accuracy.cases import Case, Line

NEAR: Final = 2
"""How many lines a report may be off, because tools differ in which line of a statement they name."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a tool said. `codes` are the rules that it can mean, ours or what a peer's rule corresponds to."""

    codes: frozenset[str]
    place: Line
    others: tuple[Line, ...] = ()
    """Further lines that it names: the call, and what lies between."""

    call: Line | None = None
    message: str = ""

    def __str__(self) -> str:
        return f"{'/'.join(sorted(self.codes)) or 'other'} at {self.place}: {self.message}"


class Outcome(str, Enum):
    """What came of one case."""

    AT_CAUSE = "found at the cause"
    FOUND = "found"
    MISSED = "missed"
    SILENT = "silent"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class Score:
    """One case, what was reported about it and what that is worth."""

    case: Case
    reports: tuple[Report, ...]
    outcome: Outcome

    @property
    def right(self) -> bool:
        return self.outcome in {Outcome.AT_CAUSE, Outcome.FOUND, Outcome.SILENT}


def score(case: Case, reports: Iterable[Report]) -> Score:
    """Judge what was reported about one case."""
    given = tuple(reports)
    if case.side == "clean":
        return Score(case, given, Outcome.FALSE_ALARM if given else Outcome.SILENT)
    fitting = [report for report in given if report.codes & {case.code, *case.also}]
    if any(near(line, case.at) for report in fitting for line in (report.place, *report.others)):
        return Score(case, given, Outcome.AT_CAUSE)
    if any(near(line, case.call) for report in fitting for line in (report.place, report.call) if line):
        return Score(case, given, Outcome.FOUND)
    return Score(case, given, Outcome.MISSED)


def near(line: Line, labelled: Iterable[Line]) -> bool:
    """Whether a line is one of those labelled, give or take `NEAR`."""
    return any(
        (line.path, line.cell) == (other.path, other.cell) and abs(line.line - other.line) <= NEAR
        for other in labelled
    )
