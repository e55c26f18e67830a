"""An analysis as JSON and back, for the cache: lists in the order of the fields. What it read is not among them."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from claude_lint.findings import Confidence, Edit, Finding, Fix, Place, Severity, Step
from claude_lint.following.wrappers import Wrapper
from claude_lint.result import Call, FileError
from claude_lint.running.analysis import Analysis


def to_json(analysis: Analysis) -> list[Any]:
    """What `json.dumps` takes."""
    return [
        [_from_finding(finding) for finding in analysis.findings],
        [list(astuple(error)) for error in analysis.errors],
        [list(astuple(call)) for call in analysis.calls],
        analysis.parsed,
        [list(astuple(wrapper)) for wrapper in analysis.wrappers],
    ]


def from_json(record: Any) -> Analysis:
    """Raises `ValueError`, `TypeError`, `IndexError` or `KeyError` for what `to_json` did not make."""
    findings, errors, calls, parsed, wrappers = record
    return Analysis(
        tuple(_to_finding(finding) for finding in findings),
        tuple(FileError(*error) for error in errors),
        tuple(_to_call(call) for call in calls),
        bool(parsed),
        tuple(Wrapper(str(path), str(name), str(owner)) for path, name, owner in wrappers),
    )


def _from_finding(finding: Finding) -> list[Any]:
    fix = finding.fix
    return [
        finding.code,
        finding.name,
        finding.severity.value,
        finding.confidence.value,
        finding.message,
        list(astuple(finding.place)),
        list(astuple(finding.call)),
        [[list(astuple(step.place)), step.message] for step in finding.chain],
        None
        if fix is None
        else [fix.message, fix.applicability, [[list(astuple(edit.place)), edit.text] for edit in fix.edits]],
        finding.default,
    ]


def _to_finding(record: Any) -> Finding:
    code, name, severity, confidence, message, place, call, chain, fix, default = record
    return Finding(
        code,
        name,
        Severity(severity),
        Confidence(confidence),
        message,
        Place(*place),
        Place(*call),
        tuple(Step(Place(*where), said) for where, said in chain),
        None
        if fix is None
        else Fix(fix[0], fix[1], tuple(Edit(Place(*where), text) for where, text in fix[2])),
        default=str(default),
    )


def _to_call(record: Any) -> Call:
    place, function, callee, method, client, models, models_open, limits, limits_open, breakpoints = record
    return Call(
        Place(*place),
        function,
        callee,
        method,
        client,
        tuple(models),
        models_open,
        tuple(limits),
        limits_open,
        breakpoints,
    )
