"""Lints public code as users do: `python -m benchmarks.lint_accuracy.public DIR [--list]`.

`DIR` holds the repositories of `repositories.json`, as `mutation.fetch DIR --corpus` leaves them. A finding is *right*
where a reader of the code would act on it, by `judged.json`; one that nobody judged is counted apart.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.lint_accuracy import linter
from benchmarks.lint_accuracy.__main__ import AS_OF
from benchmarks.lint_accuracy.tables import share, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.findings import Finding

HERE: Final = Path(__file__).parent
VERDICTS: Final = ("right", "wrong", "not judged")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lint_accuracy.public", description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the repositories are")
    parser.add_argument("--list", action="store_true", help="list every finding that is not right")
    options = parser.parse_args(arguments)
    names = [entry["directory"] for entry in json.loads((HERE / "repositories.json").read_text("utf-8"))]
    there = [name for name in names if (options.directory / name).is_dir()]
    if not there:
        print(f"Error: {options.directory} has none of {', '.join(names)}; fetch them first", file=sys.stderr)
        return 2
    judged = {
        _key(entry): entry["verdict"] for entry in json.loads((HERE / "judged.json").read_text("utf-8"))
    }
    counts: Counter[tuple[str, str]] = Counter()
    listed, calls = [], 0
    for name in there:
        result = linter.result((options.directory / name).resolve(), AS_OF)
        calls += len(result.calls)
        for finding in result.findings:
            verdict = judged.get(_key_of(name, finding), "not judged")
            counts[finding.code, verdict] += 1
            if verdict != "right":
                place = f"{name}/{finding.place.path}:{finding.place.cell}:{finding.place.line}"
                listed.append(f"{place} {finding.code} {verdict}: {finding.message}")
    codes = sorted({code for code, _ in counts})
    rows = [_row(code, [counts[code, verdict] for verdict in VERDICTS]) for code in codes]
    rows.append(_row("all", [sum(counts[code, verdict] for code in codes) for verdict in VERDICTS]))
    print(f"{len(there)} of {len(names)} repositories, {calls} call sites\n")
    print(table(("rule", "findings", *VERDICTS, "precision"), rows))
    if options.list:
        print("\n" + "\n".join(listed))
    return 0


def _row(name: str, counts: Sequence[int]) -> tuple[object, ...]:
    right, wrong, _ = counts
    return name, sum(counts), *counts, share(right, right + wrong)


def _key(entry: dict[str, Any]) -> tuple[str, str, int | None, int, str]:
    return entry["repo"], entry["path"], entry["cell"], entry["line"], entry["code"]


def _key_of(name: str, finding: Finding) -> tuple[str, str, int | None, int, str]:
    return name, finding.place.path, finding.place.cell, finding.place.line, finding.code


if __name__ == "__main__":
    raise SystemExit(main())
