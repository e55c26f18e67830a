"""Findings that are one: the same mend, at the same place, for all the calls that it helps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Confidence, Severity
from claude_lint.output.words import also

if TYPE_CHECKING:
    from collections.abc import Iterable

    from claude_lint.findings import Finding, Place

SEVERITIES: Final = tuple(Severity)
CONFIDENCES: Final = tuple(Confidence)


def each_once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each code and place, the gravest and surest: several calls, and several ways to each, can lead
    to one mistake. Its message names the others.
    """
    alike: dict[tuple[Place, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.place, finding.code), []).append(finding)
    return [_one(alike[key]) for key in sorted(alike)]


def _one(alike: Iterable[Finding]) -> Finding:
    first, *rest = sorted(alike, key=_gravest_first)
    others = tuple(sorted({finding.call for finding in rest} - {first.call}))
    return replace(first, others=others, message=f"{first.message}{also(others, first.place.path)}")


def _gravest_first(finding: Finding) -> tuple[int, int, Place]:
    return SEVERITIES.index(finding.severity), CONFIDENCES.index(finding.confidence), finding.call
