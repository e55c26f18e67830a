"""The join with traces: what the calls at each call site cost, put to the findings about it.

A *measurement* is what traces say of one call site: where the call was made, how often, and at what cost. It
belongs to the call whose lines it falls into, since a call over several lines is traced at its first line or,
by Python 3.10, at its last. Where the code has moved since, it belongs to the nearest call of the same
function. A measurement belongs to one call, and a call can have several.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from claude_lint.findings import Finding, Measured, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from claude_lint.result import Call

_SEVERITIES: Final = {severity: rank for rank, severity in enumerate(Severity)}


class Site(Protocol):
    """Where a call was made, as traces say."""

    @property
    def path(self) -> str | None:
        """The file, relative to the project's root or absolute."""

    @property
    def function(self) -> str | None:
        """The function, qualified within its file."""

    @property
    def line(self) -> int | None: ...


class Measurement(Site, Protocol):
    """What traces say of one call site. USD; the ratio is 0 to 1."""

    @property
    def calls(self) -> int: ...

    @property
    def cost_usd(self) -> float: ...

    @property
    def cache_hit_ratio(self) -> float | None: ...

    @property
    def unpriced(self) -> int: ...

    @property
    def days(self) -> float: ...

    @property
    def cache_savings_usd(self) -> float: ...

    @property
    def output_p99(self) -> int | None: ...

    @property
    def stop_reasons(self) -> Mapping[str, int]: ...

    @property
    def first(self) -> datetime: ...

    @property
    def last(self) -> datetime: ...

    @property
    def revisions(self) -> Mapping[str | None, int]:
        """The commits of the code with their calls; `None` for calls that say none."""


def measured_calls(calls: Iterable[Call], measurements: Iterable[Measurement]) -> dict[Place, Measured]:
    """What was measured at each call, by the call's place. Calls that no trace names are not in it."""
    known = tuple(calls)
    joined: dict[Place, list[Measurement]] = {}
    for each in measurements:
        call = call_of(each, known)
        if call is not None:
            joined.setdefault(call.place, []).append(each)
    return {place: _sum(measurements) for place, measurements in joined.items()}


def with_measured(findings: Iterable[Finding], measured: dict[Place, Measured]) -> tuple[Finding, ...]:
    """The findings with what was measured at their calls, the costliest first, then by severity and place."""
    joined = (replace(finding, measured=_together(finding.calls, measured)) for finding in findings)
    return tuple(sorted(joined, key=_costliest_first))


def _costliest_first(finding: Finding) -> tuple[float, str, int, int, int, Place, str]:
    cost = finding.measured.cost_usd if finding.measured else -1.0
    call = finding.call
    # The findings about one call stay together, whatever their severity.
    together = (
        (call.path, -1 if call.cell is None else call.cell, call.line) if finding.measured else ("", 0, 0)
    )
    return (-cost, *together, _SEVERITIES[finding.severity], finding.place, finding.code)


def call_of(site: Site, calls: Sequence[Call]) -> Call | None:
    """The one of `calls` that was made at `site`, or `None`."""
    if not site.path:
        return None
    in_file = _best_match(site.path, calls)
    line = site.line
    if line is not None:
        holding = [
            call for call in in_file if call.place.line <= line <= max(call.place.line, call.place.end_line)
        ]
        if holding:
            return min(holding, key=lambda call: call.place.end_line - call.place.line)
    same = [call for call in in_file if _same_function(site.function, call.function)]
    return min(same, key=lambda call: abs(call.place.line - (line or 0))) if same else None


def _best_match(path: str, calls: Sequence[Call]) -> list[Call]:
    """The calls of the file whose path shares most of its end with `path`: all of the shorter of the two."""
    traced = _parts(path)
    shared: dict[str, int] = {}
    for linted in {call.place.path for call in calls}:
        parts = _parts(linted)
        length = min(len(parts), len(traced))
        if parts[-length:] == traced[-length:]:
            shared[linted] = length
    if not shared:
        return []
    longest = max(shared.values())
    best = [linted for linted, length in shared.items() if length == longest]
    return [call for call in calls if call.place.path == best[0]] if len(best) == 1 else []


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def _same_function(traced: str | None, linted: str) -> bool:
    """Whether both names mean one function. Python 3.10 traces a function's own name only."""
    if not traced or not linted:
        return False
    traced, linted = traced.replace("<locals>.", ""), linted.replace("<locals>.", "")
    return traced == linted or ("." not in traced and linted.endswith("." + traced))


def _together(calls: Iterable[Place], measured: dict[Place, Measured]) -> Measured | None:
    """What was measured at several calls, or `None` where none was."""
    found = [measured[call] for call in calls if call in measured]
    if len(found) < 2:
        return found[0] if found else None
    return Measured(
        calls=sum(each.calls for each in found),
        cost_usd=sum(each.cost_usd for each in found),
        cache_hit_ratio=_ratio([(each.calls, each.cache_hit_ratio) for each in found]),
        unpriced_calls=sum(each.unpriced_calls for each in found),
        days=max(each.days for each in found),
    )


def _revisions(measurements: Sequence[Measurement]) -> tuple[str, ...]:
    """The commits of all calls, or nothing where one of them says none."""
    found = {revision for each in measurements for revision in each.revisions}
    return () if None in found else tuple(sorted(revision for revision in found if revision is not None))


def _sum(measurements: Sequence[Measurement]) -> Measured:
    """One record of several."""
    return Measured(
        calls=sum(each.calls for each in measurements),
        cost_usd=sum(each.cost_usd for each in measurements),
        cache_hit_ratio=_ratio([(each.calls, each.cache_hit_ratio) for each in measurements]),
        unpriced_calls=sum(each.unpriced for each in measurements),
        days=max(each.days for each in measurements),
        cache_savings_usd=sum(each.cache_savings_usd for each in measurements),
        output_p99=max(
            (each.output_p99 for each in measurements if each.output_p99 is not None), default=None
        ),
        cut_off=sum(each.stop_reasons.get("max_tokens", 0) for each in measurements),
        first=min(each.first for each in measurements),
        last=max(each.last for each in measurements),
        revisions=_revisions(measurements),
    )


def _ratio(each: Iterable[tuple[int, float | None]]) -> float | None:
    """A ratio of several, each with its calls: the traces' sites do not carry their tokens."""
    rated = [(calls, ratio) for calls, ratio in each if ratio is not None]
    weight = sum(calls for calls, _ in rated)
    return sum(calls * ratio for calls, ratio in rated) / weight if weight else None
