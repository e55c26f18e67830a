"""How often each rule found something."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_lint.result import Result


def render(result: Result) -> str:
    """A line for each rule, the most frequent first, and what was looked at."""
    rows = _rows(result)
    width = max((len(f"{count:,}") for _, _, count, _ in rows), default=0)
    lines = [
        f"{count:>{width},}  {code} {name}" + (f"  ({fixable:,} fixable)" if fixable else "")
        for code, name, count, fixable in rows
    ]
    return "\n".join([*lines, f"{result.summary}\n"])


def render_json(result: Result) -> str:
    """The same as a JSON list."""
    rows = [
        {"code": code, "name": name, "count": count, "fixable": fixable}
        for code, name, count, fixable in _rows(result)
    ]
    return json.dumps(rows, indent=2) + "\n"


def _rows(result: Result) -> list[tuple[str, str, int, int]]:
    """Code, name, number of findings, and how many of them have a fix."""
    counts = Counter((finding.code, finding.name) for finding in result.findings)
    fixable = Counter(finding.code for finding in result.findings if finding.fix and finding.fix.edits)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(code, name, count, fixable[code]) for (code, name), count in ordered]
