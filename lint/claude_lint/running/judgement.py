"""What traces prove and disprove of the findings about a call.

A finding is *disproved* where the calls at its call site do well in what it says they do badly, and *confirmed* where
they do as badly as it says. Disproved findings are *muted*: they are no findings of the result, but kept with the
reason. Only rules about money are judged; what makes a call fail, and what is not measured, never is.

It takes evidence: at least `LEAST_CALLS` calls, not long ago, made by the code as it is now. That is the case where no
file that the finding is about was changed since, as far as its times tell or, where the traces name the commit, git.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass
from claude_lint.errors import LintError
from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.reading.diff import changes_since, is_ancestor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from claude_lint.findings import Measured, Place
    from claude_lint.reading.diff import Changes
    from claude_lint.result import Call

LEAST_CALLS: Final = 20
LONGEST_AGO: Final = timedelta(days=30)
"""How long ago the last call may be."""

MOST_REVISIONS: Final = 20
"""Git is not asked about more commits than this."""

HIT_RATIO: Final = 0.9
"""From this share of the input on that is read from the cache, caching is not what wastes money."""

MISS_RATIO: Final = 0.05
"""Up to this share, it does not work."""

Verdict = str | None
"""What the traces say, in a few words, or `None` where they do not tell."""

Judge = Callable[[Finding, "Measured", "Call"], Verdict]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Findings, each with what the traces say of it, and those that are muted, each with the reason."""

    findings: tuple[Finding, ...]
    muted: tuple[tuple[Finding, str], ...]


def judged(
    findings: Iterable[Finding],
    measured: Mapping[Place, Measured],
    calls: Iterable[Call],
    root: Path,
    as_of: date,
) -> Judgement:
    """Judges `findings` by what was `measured` at each of `calls`, by its place.

    A finding about several calls is muted where it is disproved of every one, and confirmed where it is of one and
    disproved of none.
    """
    by_place = {call.place: call for call in calls}
    history = _History(root)
    kept: list[Finding] = []
    muted: list[tuple[Finding, str]] = []
    for finding in findings:
        if finding.code not in _JUDGES:
            kept.append(finding)
            continue
        disproves, confirms = _JUDGES[finding.code]
        against: list[Verdict] = []
        by: list[Verdict] = []
        for place in finding.calls:
            here, call = measured.get(place), by_place.get(place)
            is_told = here is not None and call is not None and _is_enough(here, as_of)
            if here is None or call is None or not is_told or not history.is_of_today(finding, here):
                against.append(None)
                continue
            against.append(disproves(finding, here, call))
            by.append(confirms(finding, here, call))
        first = next((verdict for verdict in by if verdict is not None), None)
        if all(verdict is not None for verdict in against):
            muted.append((finding, " · ".join(dict.fromkeys(filter(None, against)))))
        elif first is not None and not any(against):
            kept.append(replace(finding, confidence=Confidence.HIGH, evidence=first))
        else:
            kept.append(finding)
    return Judgement(tuple(kept), tuple(muted))


def _is_enough(measured: Measured, as_of: date) -> bool:
    if measured.calls < LEAST_CALLS or measured.last is None:
        return False
    return as_of - measured.last.date() <= LONGEST_AGO


def _is_cached(finding: Finding, measured: Measured, call: Call) -> Verdict:  # noqa: ARG001
    ratio = measured.cache_hit_ratio
    if finding.code == "CL107" and finding.severity is Severity.ERROR:
        return None  # the API refuses it
    if ratio is None or ratio < HIT_RATIO or measured.cache_savings_usd <= 0:
        return None
    return f"{ratio:.0%} of the input of {measured.calls:,} calls was read from the cache"


def _is_written_in_vain(finding: Finding, measured: Measured, call: Call) -> Verdict:  # noqa: ARG001
    ratio = measured.cache_hit_ratio
    if ratio is None or ratio > MISS_RATIO or measured.cache_savings_usd >= 0:
        return None
    return (
        f"{ratio:.0%} of the input of {measured.calls:,} calls was read from the cache, which cost "
        f"${-measured.cache_savings_usd:,.4f} more than it saved"
    )


def _is_uncached(finding: Finding, measured: Measured, call: Call) -> Verdict:  # noqa: ARG001
    if measured.cache_hit_ratio != 0 or measured.cache_savings_usd:
        return None
    return f"{measured.calls:,} calls used no cache"


def _needs_the_room(finding: Finding, measured: Measured, call: Call) -> Verdict:  # noqa: ARG001
    if measured.cut_off:
        return f"{measured.cut_off:,} of {measured.calls:,} answers came up to the limit"
    longest = measured.output_p99
    if longest is None or not call.max_tokens or longest * 2 < min(call.max_tokens):
        return None
    return f"of {measured.calls:,} answers, one in a hundred has {longest:,} tokens or more"


def _leaves_the_room(finding: Finding, measured: Measured, call: Call) -> Verdict:  # noqa: ARG001
    longest = measured.output_p99
    if longest is None or not call.max_tokens or longest * 8 > min(call.max_tokens):
        return None
    return f"99 % of {measured.calls:,} answers have at most {longest:,} tokens"


def _answers_briefly(finding: Finding, measured: Measured, call: Call) -> Verdict:  # noqa: ARG001
    longest = measured.output_p99
    if longest is None or longest > 50 or measured.cut_off:
        return None
    return f"99 % of {measured.calls:,} answers have at most {longest:,} tokens"


def _unknown(finding: Finding, measured: Measured, call: Call) -> Verdict:  # noqa: ARG001
    return None


_JUDGES: Final[Mapping[str, tuple[Judge, Judge]]] = {
    "CL101": (_is_cached, _is_written_in_vain),
    "CL102": (_is_cached, _is_written_in_vain),
    "CL103": (_is_cached, _is_uncached),
    "CL104": (_is_cached, _is_uncached),
    "CL105": (_is_cached, _is_uncached),
    "CL107": (_is_cached, _unknown),
    "CL110": (_is_cached, _is_written_in_vain),
    "CL111": (_is_cached, _is_written_in_vain),
    "CL202": (_needs_the_room, _leaves_the_room),
    "CL301": (_unknown, _answers_briefly),
    "CL405": (_is_cached, _is_uncached),
}
"""By rule, what disproves and what confirms its findings. The codes are those of `claude_rules`, and stable."""


class _History:
    """Whether calls were made by the code as it is now."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._changes: dict[str, Changes | None] = {}
        self._changed_at: dict[str, datetime] = {}

    def is_of_today(self, finding: Finding, measured: Measured) -> bool:
        """Whether no file that `finding` is about was changed since the calls that were `measured` began."""
        places = (finding.place, *finding.calls, *(step.place for step in finding.chain))
        paths = {place.path for place in places}
        if measured.first is not None and all(self._time(path) < measured.first for path in paths):
            return True
        if not 0 < len(measured.revisions) <= MOST_REVISIONS:
            return False
        return all(self._is_unchanged(revision, paths) for revision in measured.revisions)

    def _is_unchanged(self, revision: str, paths: Iterable[str]) -> bool:
        if revision not in self._changes:
            self._changes[revision] = self._since(revision)
        changes = self._changes[revision]
        return changes is not None and not any(path in changes.files for path in paths)

    def _since(self, revision: str) -> Changes | None:
        try:
            return changes_since(revision, self._root) if is_ancestor(revision, self._root) else None
        except LintError:
            return None

    def _time(self, path: str) -> datetime:
        found = self._changed_at.get(path)
        if found is None:
            found = datetime.max.replace(tzinfo=timezone.utc)
            with suppress(OSError):
                stat = (self._root / path).stat()
                found = datetime.fromtimestamp(max(stat.st_mtime, stat.st_ctime), timezone.utc)
            self._changed_at[path] = found
        return found
