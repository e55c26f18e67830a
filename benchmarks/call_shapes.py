"""Every shape of call on every version of the SDK: what its span says, and whether that is right.

    python -m benchmarks.call_shapes [--sdk VERSION ...]

Each scenario of `tests/otel_claude/sdk/scenarios.py` is run twice against a simulated endpoint, without us and with
us, in a process of each version of the SDK. A row is right if as many spans ended as calls were made, with the tokens,
the cost or the reason for its absence, and the status that the table in `expected.py` says, and if the application got
the same as without us. A count that nobody sent, such as the placeholder that a stream begins with, is `-`.

The exit code is 1 if a row is wrong.
"""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version as distribution_version
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from tests.otel_claude.sdk.expected import EMITTED, ENRICHED, EXPECTED, outcomes, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = (
    "sdk",
    "span",
    "client",
    "call",
    "ends",
    "status",
    "input",
    "output",
    "cost",
    "is",
    "verdict",
)


def rows(version: str) -> Iterator[tuple[str, ...]]:
    """The rows of a version of the SDK: one a span, or one of a scenario without any."""
    made = "emitted" if version in EMITTED else "enriched"
    number = distribution_version("anthropic") if version == "installed" else version
    bare, traced = outcomes(version, "bare"), outcomes(version, "traced")
    for name, outcome in traced.items():
        client, _, shape = name.partition(" ")
        is_same = all(outcome[part] == bare[name][part] for part in ("result", "warned"))
        spans = [summary(span) for span in outcome["spans"]]
        for found, wanted in zip_longest(spans or [None], EXPECTED[shape] or [None]):
            verdict = "right" if is_same and found == wanted else "WRONG"
            if not is_same:
                verdict += ": the application sees another result"
            if found != wanted:
                verdict += f": not {wanted}"
            yield number, made, client, shape, *cells(found), verdict


def cells(span: tuple[Any, ...] | None) -> tuple[str, ...]:
    """How the call ended, and the status, the tokens, the cost and its status of its span."""
    if span is None:
        return "never sent", "no span", "-", "-", "-", "-"
    status, given, taken, cost, cost_status, reason = span
    ends = {"stream_cut_short": "cut short", "body_not_read": "not read"}.get(reason, "read")
    if status == "ERROR":
        ends = "failed"
    elif cost_status is None:
        ends = "cancelled"
    said = " ".join(word for word in (cost_status, reason) if word) or "-"
    amounts = ("-" if count is None else f"{count:,}" for count in (given, taken))
    return ends, status, *amounts, "-" if cost is None else f"${cost:.6f}", said


def printed(found: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(COLUMNS, *found, strict=True)]
    for row in (COLUMNS, *found):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sdk", nargs="+", default=[*EMITTED, *ENRICHED], metavar="VERSION")
    asked = parser.parse_args()
    found = [row for version in asked.sdk for row in rows(version)]
    printed(found)
    wrong = sum(row[-1] != "right" for row in found)
    shapes = len({row[2:4] for row in found})
    print(
        f"\n{len(found)} rows: {shapes} shapes of call on {len(asked.sdk)} versions of the SDK; {wrong} wrong"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
