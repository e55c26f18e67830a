"""Which call sites write to the cache what they might have read, and why: a sentence each, the dearest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otel_claude.report import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from otel_claude.call_site import CallSite
    from otel_claude.report.calls import Call

SHOWN: Final = 3
"""How many sentences are shown to people."""

LEAST_CALLS: Final = 2
"""How many calls have to miss for the same cause for it to be said."""

EXPECTED: Final = frozenset({"first_write", "unknown"})
"""Reasons that blame nothing: somebody has to write first."""

CAUSES: Final = {
    "expired": "the entry had expired",
    "lookback": "the entry was more than 20 blocks back",
}
"""What is said of reasons that have no place."""


@dataclass(slots=True)
class SiteMisses:
    """What the calls of one line of code, or of one feature where that is not known, wrote and read. Money is USD."""

    feature: str | None
    call_site: CallSite | None
    calls: int = 0
    first_writes: int = 0
    written_tokens: int = 0
    read_tokens: int = 0
    missed_usd: float = 0.0
    """What writing cost in calls that missed for a cause."""

    causes: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """Reason and place, with how many calls."""

    def add(self, call: Call) -> None:
        """Counts `call`."""
        self.calls += 1
        if call.usage is not None:
            self.written_tokens += call.usage.cache_write_tokens
            self.read_tokens += call.usage.cache_read_tokens
        if call.miss_reason == "first_write":
            self.first_writes += 1
        if call.miss_reason is not None and call.miss_reason not in EXPECTED:
            self.causes[call.miss_reason, call.changed_at] += 1
            self.missed_usd += call.cost.cache_write_5m + call.cost.cache_write_1h

    def sentence(self) -> str | None:
        """What was lost and why, or `None` where no cause came up often enough."""
        if not self.causes:
            return None
        (reason, place), count = self.causes.most_common(1)[0]
        if count < LEAST_CALLS:
            return None
        cause = CAUSES.get(reason) or f"{place or reason.removesuffix('_changed')} changed"
        often = (
            "at every call"
            if count == self.calls - self.first_writes
            else f"at {count:,} of {self.calls:,} calls"
        )
        who = self.feature or (self.call_site.function if self.call_site else None) or words.NO_VALUE
        where = f", {self.call_site.path}:{self.call_site.line}" if self.call_site else ""
        read = words.tokens(self.read_tokens) if self.read_tokens else "none"
        return words.key(
            f"{who} wrote {words.tokens(self.written_tokens)} cache tokens and read {read}: "
            f"{cause} {often}{where}"
        )


class Misses:
    """Takes note of calls as they come by."""

    def __init__(self) -> None:
        self._sites: dict[tuple[CallSite | None, str | None], SiteMisses] = {}

    def watched(self, calls: Iterable[Call]) -> Iterator[Call]:
        """`calls` as they are, once they are taken note of."""
        for call in calls:
            self.add(call)
            yield call

    def add(self, call: Call) -> None:
        """Takes note of a call."""
        key = call.call_site, call.feature
        site = self._sites.get(key)
        if site is None:
            site = self._sites[key] = SiteMisses(call.feature, call.call_site)
        site.add(call)

    def ranked(self) -> tuple[SiteMisses, ...]:
        """Those that missed for a cause, by what that cost, the dearest first."""
        missed = [site for site in self._sites.values() if site.causes]
        return tuple(sorted(missed, key=lambda site: (-site.missed_usd, -sum(site.causes.values()))))

    def sentences(self) -> tuple[str, ...]:
        """What is shown to people."""
        found = (site.sentence() for site in self.ranked())
        return tuple(sentence for sentence in found if sentence is not None)[:SHOWN]
