"""Findings as GitLab's Code Quality report, which becomes a widget of a merge request.

A line of a notebook's cell is no line of its file: there the finding is on the first line, and says the cell and line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from claude_lint.findings import Place, Severity
from claude_lint.result import UNREADABLE, UNREADABLE_NAME
from claude_lint.running.fingerprints import error_fingerprints, fingerprints

if TYPE_CHECKING:
    from pathlib import Path

    from claude_lint.result import Result

SEVERITIES: Final = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(result: Result, project: Path | None = None) -> str:
    """The report. GitLab wants paths from the checkout, `project`; without one they are from the root."""
    prefix = ""
    if project is not None and result.root != project and result.root.is_relative_to(project):
        prefix = result.root.relative_to(project).as_posix() + "/"
    known = fingerprints(result.findings, result.sources)
    issues = [
        _issue(
            f"{each.code} {each.name}",
            each.message,
            SEVERITIES[each.severity],
            known[each],
            each.place,
            prefix,
        )
        for each in result.findings
    ]
    for error, fingerprint in zip(result.errors, error_fingerprints(result.errors), strict=True):
        place = Place(error.path, error.line, error.column, cell=error.cell)
        issues.append(
            _issue(f"{UNREADABLE} {UNREADABLE_NAME}", error.message, "critical", fingerprint, place, prefix)
        )
    return json.dumps(issues, indent=2) + "\n"


def _issue(
    name: str, message: str, severity: str, fingerprint: str, place: Place, prefix: str
) -> dict[str, Any]:
    in_file = place.cell is None
    return {
        "description": message if in_file else f"cell {place.cell}, line {place.line}: {message}",
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {
            "path": prefix + place.path,
            "lines": {"begin": place.line, "end": max(place.line, place.end_line)}
            if in_file
            else {"begin": 1},
        },
    }
