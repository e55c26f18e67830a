"""The result as one JSON document, version 1. Keys are added in later versions, never removed or given a new
meaning.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from claude_lint.result import UNREADABLE, UNREADABLE_NAME

if TYPE_CHECKING:
    from claude_lint.findings import Finding, Fix, Measured, Place
    from claude_lint.result import FileError, Result


def render(result: Result) -> str:
    """The document. Lines and columns count from 1, columns in characters, ends after the last; USD; ratios 0
    to 1.
    """
    document = {
        "version": 1,
        "findings": [_finding(finding) for finding in result.findings],
        "muted": [{**_finding(finding), "reason": reason} for finding, reason in result.muted],
        "errors": [_error(error) for error in result.errors],
        "summary": asdict(result.summary),
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "message": finding.message,
        **_range(finding.place),
        "call": _call(finding.call),
        "other_calls": [_call(other) for other in finding.others],
        "chain": [
            {"path": step.place.path, "line": step.place.line, "message": step.message}
            for step in finding.chain
        ],
        "fix": None if finding.fix is None else _fix(finding.fix),
        "measured": None if finding.measured is None else _measured(finding.measured),
        "evidence": finding.evidence,
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        **asdict(measured),
        "first": None if measured.first is None else measured.first.isoformat(),
        "last": None if measured.last is None else measured.last.isoformat(),
    }


def _call(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "cell": place.cell}


def _range(place: Place) -> dict[str, Any]:
    """The place in full. A rule that knows a line only gives an end of 0; the start stands for it."""
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or place.line,
        "end_column": place.end_column or place.column,
        "cell": place.cell,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "message": fix.message,
        "applicability": fix.applicability,
        "edits": [{**_range(edit.place), "text": edit.text} for edit in fix.edits],
    }


def _error(error: FileError) -> dict[str, Any]:
    return {
        "code": UNREADABLE,
        "name": UNREADABLE_NAME,
        "message": error.message,
        "path": error.path,
        "line": error.line,
        "column": error.column,
        "cell": error.cell,
    }
