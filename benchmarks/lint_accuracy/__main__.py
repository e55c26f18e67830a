"""Runs the linter on the cases and prints what it is worth: `python -m benchmarks.lint_accuracy [--peers] [--list]`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.lint_accuracy import linter, peers
from benchmarks.lint_accuracy.cases import Case, LabelError, load
from benchmarks.lint_accuracy.scores import Outcome, Report, Score, score
from benchmarks.lint_accuracy.tables import share, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

AS_OF: Final = date(2026, 11, 20)
"""The day on which the labels hold: which models are retired depends on it."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lint_accuracy", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="run other linters on the same cases too")
    parser.add_argument("--list", action="store_true", help="list every case that went wrong")
    options = parser.parse_args(arguments)
    try:
        cases = load()
    except LabelError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        copies = {case: _copy(case, root) for case in cases}
        ours = [score(case, linter.reports(copy, AS_OF, (case.code,))) for case, copy in copies.items()]
        print(f"{datetime.now(timezone.utc):%Y-%m-%d}, rules as of {AS_OF}\n")
        print(summary(ours), by_rule(ours), by_depth(ours), sep="\n\n")
        if options.peers:
            print(f"\n{_peers(copies, root, ours)}")
    if options.list:
        print(f"\n{_wrong(ours)}")
    return 0


def _copy(case: Case, root: Path) -> Path:
    """Copy a case below `root`, so that no configuration of this project applies to it."""
    copy = root / str(case)
    for file in case.files:
        target = copy / file.relative_to(case.directory)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return copy


def summary(given: Sequence[Score]) -> str:
    """How many problems were found and how many clean cases were left alone."""
    problems = [each for each in given if each.case.side == "problems"]
    clean = [each for each in given if each.case.side == "clean"]
    found = sum(each.right for each in problems)
    at_cause = sum(each.outcome is Outcome.AT_CAUSE for each in problems)
    silent = sum(each.right for each in clean)
    return table(
        ("", "cases", "right", "share"),
        (
            ("problems found", len(problems), found, share(found, len(problems))),
            ("of these, at the cause", found, at_cause, share(at_cause, found)),
            ("clean cases left alone", len(clean), silent, share(silent, len(clean))),
        ),
    )


def by_rule(given: Sequence[Score]) -> str:
    """The same for each rule; `alarms` counts the clean cases that look like it and were flagged by any rule."""
    return _grouped("rule", given, lambda case: case.code)


def by_depth(given: Sequence[Score]) -> str:
    """The same for each depth at which a cause can lie."""
    return _grouped("depth", given, lambda case: case.depth)


def _grouped(head: str, given: Sequence[Score], key: Callable[[Case], str]) -> str:
    groups: dict[str, list[Score]] = defaultdict(list)
    for each in given:
        groups[key(each.case)].append(each)
    rows = []
    for name, members in sorted(groups.items()):
        problems = [each for each in members if each.case.side == "problems"]
        clean = [each for each in members if each.case.side == "clean"]
        found = sum(each.right for each in problems)
        alarms = sum(not each.right for each in clean)
        rows.append((name, len(problems), found, share(found, len(problems)), len(clean), alarms))
    return table((head, "problems", "found", "recall", "clean", "alarms"), rows)


def _wrong(given: Sequence[Score]) -> str:
    lines = []
    for each in given:
        if not each.right:
            where = ", ".join(str(line) for line in each.case.call)
            expected = f"{each.case.code} at {where}" if where else "nothing"
            got = "; ".join(str(report) for report in each.reports) or "nothing"
            lines.append(f"{each.case} [{each.case.kind}, {each.case.depth}]: {expected}; got {got}")
    return "\n".join(lines)


def _peers(copies: Mapping[Case, Path], root: Path, ours: Sequence[Score]) -> str:
    rows = [_row("otel-claude lint", ours)]
    notes = []
    for peer in peers.PEERS:
        try:
            program = peers.install(peer)
        except peers.InstallError as error:
            notes.append(str(error))
            continue
        reports = peers.run(peer, program, root)
        rows.append(_row(str(peer), [score(case, _about(case, reports)) for case in copies]))
    head = ("tool", "problems found for the right reason", "clean cases flagged")
    return "\n\n".join([table(head, rows), *notes])


def _about(case: Case, reports: Iterable[Report]) -> Iterable[Report]:
    """Those of the reports on all copies that are about one case, as if it had been run alone."""
    start = f"{case}/"
    for report in reports:
        if report.place.path.startswith(start):
            yield replace(report, place=replace(report.place, path=report.place.path.removeprefix(start)))


def _row(name: str, given: Sequence[Score]) -> tuple[object, ...]:
    found = sum(each.right for each in given if each.case.side == "problems")
    flagged = sum(not each.right for each in given if each.case.side == "clean")
    return name, found, flagged


if __name__ == "__main__":
    raise SystemExit(main())
