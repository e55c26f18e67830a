"""Applies every fix to copies of public code: `python -m benchmarks.lint_accuracy.fixes DIR [--list]`.

`DIR` holds one repository in each of its directories. A fix is right as far as a machine can tell when the changed
files still parse, the next run is *clean*: it offers no fix any more, and a second round of fixing changes nothing.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from claude_lint.running.fixes import fix, write

from benchmarks.lint_accuracy import linter
from benchmarks.lint_accuracy.__main__ import AS_OF
from benchmarks.lint_accuracy.mutation.sites import SKIPPED, sources
from benchmarks.lint_accuracy.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from claude_lint import Result


@dataclass(frozen=True, slots=True)
class Outcome:
    """What fixing one repository came to."""

    name: str
    unsafe: bool
    fixed: int
    files: int
    broken: tuple[str, ...]
    """The files with a cell, or as a whole, that parsed before and does not now."""

    left: tuple[str, ...]
    """What the next run still offers to fix."""

    again: int
    """The files that a second round changes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """1 when a fix did harm or is not done with."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lint_accuracy.fixes", description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the repositories are")
    parser.add_argument("--list", action="store_true", help="list what went wrong")
    options = parser.parse_args(arguments)
    roots = sorted(path for path in options.directory.iterdir() if path.is_dir())
    if not roots:
        print(f"Error: {options.directory} has no directories; fetch the repositories first", file=sys.stderr)
        return 2
    outcomes = [outcome(root, unsafe=unsafe) for root in roots for unsafe in (False, True)]
    head = ("fixes", "repositories changed", "files changed", "applied", "broken", "left", "changed again")
    rows = []
    for unsafe in (False, True):
        each = [one for one in outcomes if one.unsafe is unsafe]
        rows.append(
            (
                "safe and unsafe" if unsafe else "safe",
                sum(bool(one.files) for one in each),
                sum(one.files for one in each),
                sum(one.fixed for one in each),
                sum(len(one.broken) for one in each),
                sum(len(one.left) for one in each),
                sum(one.again for one in each),
            )
        )
    print(f"{len(roots)} repositories\n\n{table(head, rows)}")
    wrong = [f"{one.name}: {what}" for one in outcomes for what in (*one.broken, *one.left)]
    if options.list and wrong:
        print("\n" + "\n".join(wrong))
    return int(bool(wrong) or any(one.again for one in outcomes))


def outcome(root: Path, *, unsafe: bool) -> Outcome:
    """Fix a copy of a repository, and look at what came of it."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary).resolve() / root.name
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*SKIPPED), symlinks=True)

        def lint(given: Mapping[str, bytes]) -> Result:
            return linter.result(copy, AS_OF, replaced=given)

        first = fix(lint, unsafe=unsafe)
        write(first, copy)
        second = fix(lint, unsafe=unsafe)
        left = [
            f"{finding.place.path}:{finding.place.line} {finding.code} is still offered a fix"
            for finding in lint({}).findings
            if finding.fix and finding.fix.edits and (unsafe or finding.fix.applicability == "safe")
        ]
        broken = tuple(
            f"{path} does not parse any more"
            for path, after in first.after.items()
            if parsing(path, first.before[path]) - parsing(path, after)
        )
        return Outcome(
            root.name,
            unsafe,
            len(first.result.fixed),
            len(first.after),
            broken,
            tuple(left),
            len(second.after),
        )


def parsing(path: str, data: bytes) -> set[int | None]:
    """The cells that parse, without the magics of a notebook; `None` for a file as a whole."""
    found = set()
    for cell, source in sources(Path(path).suffix, data.decode("utf-8", "replace")):
        lines = ("" if line.lstrip()[:1] in {"%", "!"} else line for line in source.splitlines())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ast.parse("\n".join(lines))
            except (SyntaxError, ValueError):
                continue
        found.add(cell)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
