"""The result as a SARIF 2.1.0 log, for code scanning and for editors.

A *region* is a range of a file, of which GitHub's code scanning requires the start and the end. A line of a notebook's
cell is no line of its file: there the region is the first line, the message says the cell and line, and a logical
location names them.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from claude_lint.findings import Confidence, Place, Severity
from claude_lint.result import UNREADABLE, UNREADABLE_NAME
from claude_lint.running import enginepages, unused
from claude_lint.running.fingerprints import fingerprints
from claude_lint.running.selection import ENGINE_SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.findings import Edit, Finding, Fix
    from claude_lint.result import FileError, Result
    from claude_lint.rule import Rule

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "SRCROOT"
FINGERPRINT: Final = "otelClaudeLint/v1"
LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
PRECISIONS: Final = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


def render(result: Result, rules: Sequence[Rule], version: str) -> str:
    """The log of one run. `rules` are those that could have run; `version` is that of this project."""
    indices = {rule.code: index for index, rule in enumerate(rules)} | {unused.CODE: len(rules) + 1}
    known = fingerprints(result.findings, result.sources)
    run = {
        "tool": {
            "driver": {
                "name": "otel-claude",
                "semanticVersion": version,
                "rules": [*(_rule(rule) for rule in rules), *_ENGINE_RULES],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"uri": f"file://{quote(os.fsencode(result.root)).rstrip('/')}/"}},
        "invocations": [
            {
                "executionSuccessful": not result.nothing_analysed,
                "toolExecutionNotifications": [_notification(error, len(rules)) for error in result.errors],
            }
        ],
        "results": [_result(finding, indices, known[finding]) for finding in result.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": LEVELS[rule.severity], "enabled": rule.default},
        "properties": {"precision": PRECISIONS[rule.confidence], "tags": ["cost"]},
    }
    page = rule.docs or rule.summary
    described["help"] = {"text": page, "markdown": page}
    return described


_ENGINE_RULES: Final = tuple(
    {
        "id": code,
        "name": name,
        "shortDescription": {"text": ENGINE_SUMMARIES[code]},
        "fullDescription": {"text": ENGINE_SUMMARIES[code]},
        "help": {"text": enginepages.PAGES[code], "markdown": enginepages.PAGES[code]},
    }
    for code, name in ((UNREADABLE, UNREADABLE_NAME), (unused.CODE, unused.NAME))
)


def _result(finding: Finding, indices: dict[str, int], fingerprint: str) -> dict[str, Any]:
    steps = [(step.place, step.message) for step in finding.chain]
    flow = steps if steps and steps[-1][0] == finding.call else [*steps, (finding.call, "the call")]
    related = flow if flow[:-1] or finding.call != finding.place else []
    related = [*related, *((other, "another call that the same mend helps") for other in finding.others)]
    shown: dict[str, Any] = {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": _in_cell(finding.place, finding.message)},
        "locations": [_location(finding.place)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "properties": {"confidence": finding.confidence.value},
    }
    if finding.code in indices:
        shown["ruleIndex"] = indices[finding.code]
    if related:
        shown["relatedLocations"] = [
            {"id": number, **_location(place), "message": {"text": message}}
            for number, (place, message) in enumerate(related, 1)
        ]
    if steps:
        locations = [
            {"location": {**_location(place), "message": {"text": message}}} for place, message in flow
        ]
        shown["codeFlows"] = [{"threadFlows": [{"locations": locations}]}]
    if finding.fix is not None and (fix := _fix(finding.fix)) is not None:
        shown["fixes"] = [fix]
    if finding.measured is not None:
        shown["properties"] |= {
            "measuredCalls": finding.measured.calls,
            "measuredCostUsd": finding.measured.cost_usd,
            "measuredCacheHitRatio": finding.measured.cache_hit_ratio,
            "measuredUnpricedCalls": finding.measured.unpriced_calls,
            "measuredDays": finding.measured.days,
        }
    return shown


def _location(place: Place) -> dict[str, Any]:
    region = _region(place if place.cell is None else Place(place.path, 1))
    physical = {"artifactLocation": _artifact(place.path), "region": region}
    if place.cell is None:
        return {"physicalLocation": physical}
    name = f"cell {place.cell}"
    return {
        "physicalLocation": physical,
        "logicalLocations": [
            {"name": name, "fullyQualifiedName": f"{name}, line {place.line}", "kind": "module"}
        ],
    }


def _artifact(path: str) -> dict[str, Any]:
    return {"uri": quote(os.fsencode(path)), "uriBaseId": ROOT}


def _region(place: Place) -> dict[str, int]:
    """The range of a place. One without an end is a single character."""
    if place.end_line:
        end = {"endLine": place.end_line, "endColumn": max(place.end_column, 1)}
    else:
        end = {"endLine": place.line, "endColumn": place.column + 1}
    return {"startLine": place.line, "startColumn": place.column, **end}


def _in_cell(place: Place, message: str) -> str:
    return message if place.cell is None else f"cell {place.cell}, line {place.line}: {message}"


def _fix(fix: Fix) -> dict[str, Any] | None:
    """The fix, or `None` when it has no edits or one in a notebook, whose cells SARIF cannot point into."""
    if not fix.edits or any(edit.place.cell is not None for edit in fix.edits):
        return None
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.place.path, []).append(edit)
    return {
        "description": {"text": f"{fix.message} ({fix.applicability})"},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path),
                "replacements": [
                    {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.text}}
                    for edit in edits
                ],
            }
            for path, edits in by_path.items()
        ],
    }


def _notification(error: FileError, index: int) -> dict[str, Any]:
    place = Place(error.path, error.line, error.column, cell=error.cell)
    return {
        "descriptor": {"id": UNREADABLE, "index": index},
        "level": "error",
        "message": {"text": _in_cell(place, error.message)},
        "locations": [_location(place)],
    }
