"""What the page tells, gathered from calls in one pass."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from otel_claude.report import words
from otel_claude.report.calls import time_of
from otel_claude.report.page import charts
from otel_claude.report.rate import NS_AN_HOUR
from otel_claude.report.totals import PICODOLLARS, Totals

if TYPE_CHECKING:
    from datetime import datetime

    from otel_claude.call_site import CallSite
    from otel_claude.report.calls import Call
    from otel_claude.report.notes import Notes
    from otel_claude.report.trace import Trace

Unit = Literal["day", "hour"]

SHORT: Final = timedelta(days=3)
"""Calls over less time than this are drawn by the hour."""

MOST_CALL_SITES: Final = 25


@dataclass(frozen=True, slots=True)
class Content:
    """All that is on the page. Groups are sorted by cost, the dearest first."""

    first: datetime | None
    last: datetime | None
    total: Totals
    features: tuple[tuple[str, Totals], ...]
    call_sites: tuple[tuple[CallSite | None, Totals], ...]
    unit: Unit
    spend: charts.Rows
    """For the chart of spend over time. The features without a colour of their own are one."""

    coloured: tuple[str, ...]
    notes: Notes
    trace: Trace | None
    """The dearest one."""


class Gathering:
    """Looks at calls, one after the other, and grows."""

    def __init__(self) -> None:
        self._first_ns = sys.maxsize
        self._last_ns = -1
        self._groups: dict[tuple[str | None, CallSite | None], Totals] = {}
        self._by_hour: dict[tuple[int, str | None], int] = {}
        """Picodollars by the hour, counted from 1970-01-01, and the feature."""

        self._traces: dict[str, int] = {}

    def add(self, call: Call) -> None:
        """Looks at `call`."""
        at, key = call.start_ns, (call.feature, call.call_site)
        self._first_ns = min(self._first_ns, at)
        self._last_ns = max(self._last_ns, at)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Totals()
        group.add(call)
        picodollars = round((call.cost_usd or 0.0) * PICODOLLARS)
        hour = (at // NS_AN_HOUR, call.feature)
        self._by_hour[hour] = self._by_hour.get(hour, 0) + picodollars
        self._traces[call.trace_id] = self._traces.get(call.trace_id, 0) + picodollars

    def merge(self, others: Gathering) -> None:
        """Takes over what `others` saw."""
        self._first_ns = min(self._first_ns, others._first_ns)
        self._last_ns = max(self._last_ns, others._last_ns)
        for key, totals in others._groups.items():
            self._groups.setdefault(key, Totals()).merge(totals)
        for hour, picodollars in others._by_hour.items():
            self._by_hour[hour] = self._by_hour.get(hour, 0) + picodollars
        for trace_id, picodollars in others._traces.items():
            self._traces[trace_id] = self._traces.get(trace_id, 0) + picodollars

    @property
    def call_sites(self) -> set[CallSite | None]:
        return {call_site for _, call_site in self._groups}

    def dearest_trace_id(self) -> str | None:
        """The trace whose calls cost the most, or `None` where none cost anything."""
        found = max(self._traces.items(), key=lambda item: item[1], default=(None, 0))
        return found[0] if found[1] else None

    def content(self, notes: Notes, trace: Trace | None) -> Content:
        """All that was gathered, with what others found in the same calls."""
        total = Totals()
        by_feature: dict[str | None, Totals] = {}
        by_call_site: dict[CallSite | None, Totals] = {}
        for (feature, call_site), totals in self._groups.items():
            total.merge(totals)
            by_feature.setdefault(feature, Totals()).merge(totals)
            by_call_site.setdefault(call_site, Totals()).merge(totals)
        features = tuple((words.key(name), totals) for name, totals in _dearest(by_feature))
        names = [name for name, _ in features]
        coloured = names if len(names) <= charts.MOST_COLOURS else names[: charts.MOST_COLOURS - 1]
        has_others = len(coloured) < len(names)
        first, last = (time_of(self._first_ns), time_of(self._last_ns)) if self._groups else (None, None)
        is_short = first is not None and last is not None and last - first < SHORT
        unit: Unit = "hour" if is_short else "day"
        return Content(
            first,
            last,
            total,
            features,
            tuple(_dearest(by_call_site))[:MOST_CALL_SITES],
            unit,
            self._spend(unit, frozenset(coloured)),
            (*coloured, charts.OTHERS) if has_others else tuple(coloured),
            notes,
            trace,
        )

    def _spend(self, unit: Unit, coloured: frozenset[str]) -> charts.Rows:
        sums: defaultdict[tuple[datetime, str], int] = defaultdict(int)
        for (hour, feature), picodollars in self._by_hour.items():
            time = time_of(hour * NS_AN_HOUR)
            if unit == "day":
                time = time.replace(hour=0)
            name = words.key(feature)
            sums[time, name if name in coloured else charts.OTHERS] += picodollars
        rows: list[dict[str, Any]] = [
            {
                "time": time.isoformat().replace("+00:00", "Z"),
                "feature": feature,
                "usd": round(picodollars / PICODOLLARS, 9),
            }
            for (time, feature), picodollars in sums.items()
        ]
        return sorted(rows, key=lambda row: (row["time"], row["feature"]))


def _dearest(groups: dict[Any, Totals]) -> list[tuple[Any, Totals]]:
    return sorted(groups.items(), key=lambda each: (-each[1].cost_picodollars, -each[1].calls, str(each[0])))
