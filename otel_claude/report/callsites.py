"""What each line of code that makes calls was measured to do, for the linter to rank its findings by."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otel_claude.report.calls import time_of
from otel_claude.report.livecaches import LiveCache, LiveCaches
from otel_claude.report.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from otel_claude.call_site import CallSite
    from otel_claude.report.calls import Call

_COMMIT: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CallSiteStats:
    """One line of code over all its calls. Money is USD, times are UTC, ratios are 0 to 1."""

    path: str
    """As the trace says it: relative to the project root, with `/`, where that could be told."""

    function: str
    line: int
    calls: int
    errors: int
    unpriced: int
    cost_usd: float
    """What the priced calls cost: a lower bound where `unpriced` is not 0."""

    cache_savings_usd: float
    cache_hit_ratio: float | None
    input_tokens: int
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int
    output_p50: int | None
    output_p99: int | None
    """Output tokens of a call, by nearest rank; `None` where no call says."""

    stop_reasons: Mapping[str, int]
    models: Mapping[str, int]
    first: datetime
    last: datetime
    revisions: Mapping[str | None, int]
    """The commits of the code with their calls; `None` for calls that say none."""

    live_caches: tuple[LiveCache, ...]
    """The caches that its calls kept alive at `last`."""

    @property
    def days(self) -> float:
        """The time from the first call to the last, in days."""
        return (self.last - self.first).total_seconds() / 86_400


def call_site_stats(calls: Iterable[Call]) -> tuple[CallSiteStats, ...]:
    """The call sites of `calls`, the dearest first. Calls without a call site are left out."""
    sites: dict[CallSite, _Site] = {}
    for call in calls:
        if call.call_site is None:
            continue
        site = sites.get(call.call_site)
        if site is None:
            site = sites[call.call_site] = _Site(call.start_ns, call.start_ns)
        site.add(call)
    stats = (_stats(call_site, site) for call_site, site in sites.items())
    return tuple(sorted(stats, key=lambda one: (-one.cost_usd, -one.calls, one.path, one.line)))


@dataclass(slots=True)
class _Site:
    first_ns: int
    last_ns: int
    totals: Totals = field(default_factory=Totals)
    outputs: array[int] = field(default_factory=lambda: array("Q"))
    stop_reasons: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    revisions: Counter[str | None] = field(default_factory=Counter)
    caches: LiveCaches = field(default_factory=LiveCaches)

    def add(self, call: Call) -> None:
        self.totals.add(call)
        self.caches.add(call)
        self.first_ns = min(self.first_ns, call.start_ns)
        self.last_ns = max(self.last_ns, call.start_ns)
        if call.usage is not None and call.usage.output_tokens is not None:
            self.outputs.append(call.usage.output_tokens)
        if call.stop_reason is not None:
            self.stop_reasons[call.stop_reason] += 1
        if call.model is not None:
            self.models[call.model] += 1
        self.revisions[call.revision if call.revision and _COMMIT.fullmatch(call.revision) else None] += 1


def _stats(call_site: CallSite, site: _Site) -> CallSiteStats:
    totals = site.totals
    outputs = sorted(site.outputs)
    return CallSiteStats(
        path=call_site.path,
        function=call_site.function,
        line=call_site.line,
        calls=totals.calls,
        errors=totals.errors,
        unpriced=totals.unpriced,
        cost_usd=totals.priced_usd,
        cache_savings_usd=totals.cache_savings_usd,
        cache_hit_ratio=totals.cache_hit_ratio,
        input_tokens=totals.input_tokens,
        cache_read_tokens=totals.cache_read_tokens,
        cache_write_5m_tokens=totals.cache_write_5m_tokens,
        cache_write_1h_tokens=totals.cache_write_1h_tokens,
        output_tokens=totals.output_tokens,
        output_p50=_nearest_rank(outputs, 50),
        output_p99=_nearest_rank(outputs, 99),
        stop_reasons=dict(site.stop_reasons.most_common()),
        models=dict(site.models.most_common()),
        first=time_of(site.first_ns),
        last=time_of(site.last_ns),
        revisions=dict(site.revisions),
        live_caches=site.caches.alive,
    )


def _nearest_rank(ordered: list[int], percent: int) -> int | None:
    """The smallest value that at least `percent` of `ordered` do not exceed, or `None` of nothing."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
