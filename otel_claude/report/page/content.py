"""What the page tells, gathered from calls in one pass."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from otel_claude.report import words
from otel_claude.report.page import charts
from otel_claude.report.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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
    """Looks at calls on their way to somewhere else, and grows."""

    def __init__(self) -> None:
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._total = Totals()
        self._features: dict[str | None, Totals] = {}
        self._call_sites: dict[CallSite | None, Totals] = {}
        self._by_hour: defaultdict[tuple[datetime, str | None], float] = defaultdict(float)
        self._traces: defaultdict[str, float] = defaultdict(float)

    def of(self, calls: Iterable[Call]) -> Iterator[Call]:
        """`calls`, each looked at."""
        for call in calls:
            self._add(call)
            yield call

    def _add(self, call: Call) -> None:
        self._first = call.at if self._first is None else min(self._first, call.at)
        self._last = call.at if self._last is None else max(self._last, call.at)
        self._total.add(call)
        self._features.setdefault(call.feature, Totals()).add(call)
        self._call_sites.setdefault(call.call_site, Totals()).add(call)
        usd = call.cost_usd or 0.0
        hour = call.at.replace(minute=0, second=0, microsecond=0)
        self._by_hour[hour, call.feature] += usd
        self._traces[call.trace_id] += usd

    @property
    def call_sites(self) -> set[CallSite | None]:
        return set(self._call_sites)

    def dearest_trace_id(self) -> str | None:
        """The trace whose calls cost the most, or `None` where none cost anything."""
        found = max(self._traces.items(), key=lambda item: item[1], default=(None, 0.0))
        return found[0] if found[1] else None

    def content(self, notes: Notes, trace: Trace | None) -> Content:
        """All that was gathered, with what others found in the same calls."""
        features = tuple((words.key(name), totals) for name, totals in _dearest(self._features))
        names = [name for name, _ in features]
        coloured = names if len(names) <= charts.MOST_COLOURS else names[: charts.MOST_COLOURS - 1]
        has_others = len(coloured) < len(names)
        is_short = self._first is not None and self._last is not None and self._last - self._first < SHORT
        unit: Unit = "hour" if is_short else "day"
        return Content(
            self._first,
            self._last,
            self._total,
            features,
            tuple(_dearest(self._call_sites))[:MOST_CALL_SITES],
            unit,
            self._spend(unit, frozenset(coloured)),
            (*coloured, charts.OTHERS) if has_others else tuple(coloured),
            notes,
            trace,
        )

    def _spend(self, unit: Unit, coloured: frozenset[str]) -> charts.Rows:
        sums: defaultdict[tuple[datetime, str], float] = defaultdict(float)
        for (hour, feature), usd in self._by_hour.items():
            time = hour if unit == "hour" else hour.replace(hour=0)
            name = words.key(feature)
            sums[time, name if name in coloured else charts.OTHERS] += usd
        rows: list[dict[str, Any]] = [
            {"time": time.isoformat().replace("+00:00", "Z"), "feature": feature, "usd": round(usd, 9)}
            for (time, feature), usd in sums.items()
        ]
        return sorted(rows, key=lambda row: (row["time"], row["feature"]))


def _dearest(groups: dict[Any, Totals]) -> list[tuple[Any, Totals]]:
    return sorted(groups.items(), key=lambda each: (-each[1].cost_picodollars, -each[1].calls, str(each[0])))
