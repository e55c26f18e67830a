"""Compares the linter with call sites that a reader labelled: `… labels --corpus DIR --repos DIR [--list]`.

The corpus has JSON lines, one call site each: `dir`, `path`, `cell`, `line`, `end_line`, `model` and `labels`, which
maps a question to a verdict (`true`, `false` or `unclear`). The repositories lie below the other directory, named by
`dir`. A finding at a site whose verdict is unclear is neither right nor wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.lint_accuracy import linter
from benchmarks.lint_accuracy.__main__ import AS_OF
from benchmarks.lint_accuracy.cases import Line
from benchmarks.lint_accuracy.tables import share, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from claude_lint.findings import Finding
    from claude_lint.result import Call

QUESTIONS: Final = {
    "cached_prefix_dynamic": ("CL101",),
    "nondeterministic_tools_or_json": ("CL102",),
    "uncached_static_prefix": ("CL103", "CL405"),
    "dynamic_system_uncached": ("CL104",),
    "below_min_cacheable": ("CL105",),
    "too_many_breakpoints": ("CL106",),
    "max_tokens_missing": ("CL201",),
    "max_tokens_oversized": ("CL202",),
    "opus_for_extraction": ("CL301",),
    "deprecated_or_retired_model": ("CL302", "CL303"),
    "sync_loop_batchable": ("CL401",),
    "batch_poll_tight_loop": ("CL402",),
    "retry_around_sdk_retries": ("CL403",),
    "unbounded_history": ("CL404",),
}
"""Each question with the rules that answer it."""

EXTENDED: Final = tuple(code for codes in QUESTIONS.values() for code in codes)


@dataclass(frozen=True, slots=True)
class Site:
    """A labelled call site with what the linter saw there."""

    row: dict[str, Any]
    calls: tuple[Call, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return f"{self.row['dir']}/{Line(self.row['path'], self.row['line'], self.row['cell'])}"

    @property
    def model_known(self) -> bool:
        """Whether the reader could tell the model."""
        return bool(self.row["model"]) and not self.row["model"].startswith("?")

    @property
    def model_agrees(self) -> bool:
        return any(self.row["model"] in call.models for call in self.calls)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lint_accuracy.labels", description=__doc__)
    parser.add_argument(
        "--corpus", type=Path, required=True, metavar="DIR", help="where the labels are, as *.jsonl"
    )
    parser.add_argument("--repos", type=Path, required=True, metavar="DIR", help="where the repositories are")
    parser.add_argument(
        "--list", action="store_true", help="list every site where linter and reader disagree"
    )
    options = parser.parse_args(arguments)
    rows = [
        json.loads(line)
        for file in sorted(options.corpus.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    if not rows:
        print(f"Error: {options.corpus} has no *.jsonl; name the directory of the labels", file=sys.stderr)
        return 2
    there = [row for row in rows if (options.repos / row["dir"]).is_dir()]
    if not there:
        print(
            f"Error: {options.repos} has none of the labelled repositories; fetch them first", file=sys.stderr
        )
        return 2
    labelled = list(sites(there, options.repos))
    print(
        f"{len(there)} of {len(rows)} labelled call sites\n\n{_recognition(labelled)}\n\n{_questions(labelled)}"
    )
    if options.list:
        print("\n" + "\n".join(_disagreements(labelled)))
    return 0


def sites(rows: Iterable[dict[str, Any]], repos: Path) -> Iterable[Site]:
    """Lint each repository once and pick what is said about each labelled site."""
    by_repository = defaultdict(list)
    for row in rows:
        by_repository[row["dir"]].append(row)
    for name, its_rows in by_repository.items():
        result = linter.result((repos / name).resolve(), AS_OF, EXTENDED)
        for row in its_rows:
            yield Site(
                row,
                tuple(call for call in result.calls if _at(linter.line_of(call.place), row)),
                tuple(
                    each
                    for each in result.findings
                    if any(_at(linter.line_of(call), row) for call in each.calls)
                ),
            )


def _at(line: Line, row: dict[str, Any]) -> bool:
    first, last = row["line"] - 1, (row["end_line"] or row["line"]) + 1
    return (line.path, line.cell) == (row["path"], row["cell"]) and first <= line.line <= last


def _recognition(labelled: Sequence[Site]) -> str:
    seen = sum(bool(site.calls) for site in labelled)
    known = [site for site in labelled if site.model_known]
    agreeing = sum(site.model_agrees for site in known)
    return table(
        ("", "sites", "right", "share"),
        (
            ("call site recognised", len(labelled), seen, share(seen, len(labelled))),
            ("model, where a reader could tell it", len(known), agreeing, share(agreeing, len(known))),
        ),
    )


def _questions(labelled: Sequence[Site]) -> str:
    rows = []
    for question in QUESTIONS:
        counts = Counter((_verdict(site, question), bool(_answers(site, question))) for site in labelled)
        right, wrong, missed = counts["true", True], counts["false", True], counts["true", False]
        rows.append(
            (
                question,
                right + missed,
                right,
                share(right, right + missed),
                wrong,
                share(right, right + wrong),
                counts["unclear", True],
            )
        )
    return table(("question", "true", "found", "recall", "wrong", "precision", "on unclear"), rows)


def _verdict(site: Site, question: str) -> str:
    verdict: str = site.row["labels"][question]["verdict"]
    return verdict


def _answers(site: Site, question: str) -> list[Finding]:
    return [finding for finding in site.findings if finding.code in QUESTIONS[question]]


def _disagreements(labelled: Sequence[Site]) -> Iterable[str]:
    for site in labelled:
        if not site.calls:
            yield f"{site}: not recognised"
        elif site.model_known and not site.model_agrees:
            seen = ", ".join(model for call in site.calls for model in call.models) or "unknown"
            yield f"{site}: model {site.row['model']}, got {seen}"
        for question in QUESTIONS:
            answers = _answers(site, question)
            verdict = _verdict(site, question)
            if verdict != "unclear" and (verdict == "true") != bool(answers):
                got = answers[0].message if answers else "nothing"
                yield f"{site}: {question} is {verdict}, got {got}"


if __name__ == "__main__":
    raise SystemExit(main())
