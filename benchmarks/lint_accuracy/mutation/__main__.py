"""Plants mistakes in public code and lints it: `python -m benchmarks.lint_accuracy.mutation DIR [--list]`.

`DIR` holds the repositories of `corpus.json`, as `fetch` leaves them. A finding about untouched code is a false alarm
unless `judged.json` says that a reader confirmed it.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from claude_lint import lint
from claude_lint.running.config import Config
from claude_rules import RULES

from benchmarks.lint_accuracy.__main__ import AS_OF
from benchmarks.lint_accuracy.linter import CODES
from benchmarks.lint_accuracy.mutation.plants import DEPTHS, Plant, Version, plants
from benchmarks.lint_accuracy.mutation.sites import Site, sites, sources
from benchmarks.lint_accuracy.scores import NEAR
from benchmarks.lint_accuracy.tables import share, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from claude_lint.findings import Finding

HERE: Final = Path(__file__).parent
PLANTED: Final = ("CL101", "CL201", "CL301")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lint_accuracy.mutation", description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the repositories are")
    parser.add_argument(
        "--list", action="store_true", help="list what was missed and every unconfirmed finding"
    )
    options = parser.parse_args(arguments)
    directory: Path = options.directory.resolve()
    names = [entry["directory"] for entry in json.loads((HERE / "corpus.json").read_text("utf-8"))]
    roots = [(directory / name).resolve() for name in names if (directory / name).is_dir()]
    if not roots:
        print(
            f"Error: {directory} has none of {', '.join(names)}; run the fetch module first", file=sys.stderr
        )
        return 2
    found = {root: list(sites(root)) for root in roots}
    total = sum(len(each) for each in found.values())
    print(
        f"{datetime.now(timezone.utc):%Y-%m-%d}: {len(roots)} of {len(names)} repositories, {total} call sites\n"
    )
    print(_untouched(found, listed=options.list), end="\n\n")
    print(_planted(found, listed=options.list))
    return 0


def _planted(found: dict[Path, list[Site]], *, listed: bool) -> str:
    made, seen, noisy = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[str]()
    missed = []
    turn = 0
    for root, there in found.items():
        for site in there:
            for plant in plants(root, site, turn):
                if not (_parses(plant.carrier, site) and _parses(plant.planted, site)):
                    continue
                key = plant.code, plant.depth
                made[key] += 1
                noise = _found(root, plant, plant.carrier)
                noisy[plant.code] += noise
                if not noise and _found(root, plant, plant.planted):
                    seen[key] += 1
                else:
                    missed.append(_described(root, plant))
            turn += 1
    rows = []
    for code in PLANTED:
        counts = [(seen[code, depth], made[code, depth]) for depth in DEPTHS]
        hits, all_made = sum(hit for hit, _ in counts), sum(count for _, count in counts)
        rows.append(
            (
                code,
                all_made,
                hits,
                share(hits, all_made),
                *(f"{hit}/{count}" for hit, count in counts),
                noisy[code],
            )
        )
    text = table(("rule", "planted", "found", "recall", *DEPTHS, "carriers flagged"), rows)
    return "\n".join([text, "", *missed]) if listed else text


def _described(root: Path, plant: Plant) -> str:
    place = f"{root.name}/{plant.site.path}:{plant.site.cell}:{plant.site.call.lineno}"
    return f"{plant.code} {plant.depth} [{plant.wording}]: {place}"


def _parses(version: Version, site: Site) -> bool:
    """Whether an edit left the file valid Python."""
    text = version.texts[site.path].decode()
    for cell, source in sources(Path(site.path).suffix, text):
        if cell == site.cell:
            try:
                ast.parse(
                    "\n".join("" if line.lstrip()[:1] in {"%", "!"} else line for line in source.splitlines())
                )
            except SyntaxError:
                return False
    return True


def _found(root: Path, plant: Plant, version: Version) -> bool:
    """Whether the plant's rule is reported at its call."""
    config = Config(select=(plant.code,))
    result = lint(
        [root / plant.site.path], root=root, config=config, rules=RULES, as_of=AS_OF, given=version.texts
    )
    return any(
        (call.path, call.cell) == (plant.site.path, plant.site.cell) and abs(call.line - version.line) <= NEAR
        for finding in result.findings
        for call in finding.calls
    )


def _untouched(found: dict[Path, list[Site]], *, listed: bool) -> str:
    judged: list[dict[str, Any]] = json.loads((HERE / "judged.json").read_text("utf-8"))
    confirmed = {_key(entry) for entry in judged if entry["verdict"] == "right"}
    unclear = {_key(entry) for entry in judged if entry["verdict"] == "unclear"}
    reported, right, open_ones = Counter[str](), Counter[str](), Counter[str]()
    unconfirmed = []
    for root in found:
        for finding in _findings(root):
            keys = {(root.name, call.path, call.cell, call.line, finding.code) for call in finding.calls}
            is_right = not confirmed.isdisjoint(keys)
            is_open = not is_right and not unclear.isdisjoint(keys)
            reported[finding.code] += 1
            right[finding.code] += is_right
            open_ones[finding.code] += is_open
            if not is_right and not is_open:
                place = f"{root.name} {finding.call.path} {finding.call.cell} {finding.call.line}"
                unconfirmed.append(f"{place} {finding.code}: {finding.message}")
    sites_count = sum(len(each) for each in found.values())
    rows = []
    for code in CODES:
        if reported[code]:
            wrong = reported[code] - right[code] - open_ones[code]
            rate = f"{1000 * wrong / sites_count:.1f}"
            rows.append((code, reported[code], right[code], open_ones[code], wrong, rate))
    head = ("rule, on untouched code", "reported", "confirmed", "unclear", "not confirmed", "per 1,000 sites")
    text = table(head, rows)
    return "\n".join([text, "", *unconfirmed]) if listed else text


def _findings(root: Path) -> Iterable[Finding]:
    return lint([root], root=root, config=Config(), rules=RULES, as_of=AS_OF).findings


def _key(entry: dict[str, Any]) -> tuple[str, str, int | None, int, str]:
    return entry["repo"], entry["path"], entry["cell"], entry["line"], entry["code"]


if __name__ == "__main__":
    raise SystemExit(main())
