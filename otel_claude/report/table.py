"""Calls in groups: what each group cost and which share of all that is.

A *dimension* is what calls are grouped by, a *key* a group's values of the dimensions, `None` for a call
that has no value. Groups are sorted by cost, the dearest first.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from otel_claude.call_site import CallSite
from otel_claude.rates import NS_A_DAY, day_of
from otel_claude.report.calls import Call, time_of
from otel_claude.report.tasks import Run, TaskTotals
from otel_claude.report.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from otel_claude.report.tasks import Key, Runs

KeyValue = str | CallSite | None

Grouped = Call | Run
"""What is grouped."""


@lru_cache(1024)
def _day(number: int) -> str:
    """The day that is so many after 1970-01-01, in ISO 8601."""
    return day_of(number * NS_A_DAY).isoformat()


DIMENSIONS: Final[Mapping[str, Callable[[Grouped], KeyValue]]] = {
    "feature": lambda call: call.feature,
    "model": lambda call: call.model,
    "callsite": lambda call: call.call_site,
    "day": lambda call: _day(call.start_ns // NS_A_DAY),
    "task": lambda call: call.task,
    "miss-reason": lambda call: call.miss_reason,
}
"""Each dimension with its value for a call. Days are UTC; the miss reason is the prompt cache's.

Besides these there is `tag.X` for each tag X."""

TAG_DIMENSION_PREFIX: Final = "tag."


@dataclass(frozen=True, slots=True)
class Row:
    """One group. Shares are 0 to 1 of what all priced calls cost, `None` where that is nothing."""

    key: tuple[KeyValue, ...]
    totals: Totals
    share: float | None
    cumulative_share: float | None
    """The share of this row and those above it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Groups of calls by `dimensions`, and all calls together."""

    dimensions: tuple[str, ...]
    total: Totals
    rows: tuple[Row, ...]
    first: datetime | None
    last: datetime | None
    """When the first and the last call began; `None` without calls."""

    is_repriced: bool = False
    """Whether the calls were priced anew, so that what was recorded is another number."""


def dimension(name: str) -> Callable[[Grouped], KeyValue]:
    """How the value of the dimension `name` is found. Raises `ValueError` for a name that is none."""
    if name.startswith(TAG_DIMENSION_PREFIX) and len(name) > len(TAG_DIMENSION_PREFIX):
        tag = name[len(TAG_DIMENSION_PREFIX) :]
        return lambda call: call.tags.get(tag)
    if name not in DIMENSIONS:
        raise ValueError(f"{name!r} is not one of {', '.join(DIMENSIONS)} or tag.NAME")
    return DIMENSIONS[name]


class Grouping:
    """Groups calls by dimensions. Grows by `add`."""

    def __init__(self, by: Sequence[str]) -> None:
        """Raises `ValueError` for a name in `by` that is no dimension."""
        self.dimensions = tuple(dict.fromkeys(by))
        self._values = [dimension(name) for name in self.dimensions]
        self._groups: dict[Key, Totals] = {}
        self._first_ns = sys.maxsize
        self._last_ns = -1

    def add(self, call: Call) -> None:
        """Counts `call`."""
        key = self._key(call)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Totals()
        group.add(call)
        at = call.start_ns
        if at < self._first_ns:  # noqa: PLR1730 - twice as fast as min()
            self._first_ns = at
        if at > self._last_ns:  # noqa: PLR1730
            self._last_ns = at

    def merge(self, others: Grouping) -> None:
        """Counts the calls of `others`, which has the same dimensions."""
        for key, totals in others._groups.items():
            self._groups.setdefault(key, Totals()).merge(totals)
        self._first_ns = min(self._first_ns, others._first_ns)
        self._last_ns = max(self._last_ns, others._last_ns)

    def table(self, *, is_repriced: bool = False, runs: Runs | None = None) -> Table:
        """The groups. Grouped by task, they tell of their tasks too, of which `runs` knows."""
        total = Totals()
        for group in self._groups.values():
            total.merge(group)
        if runs is not None and "task" in self.dimensions:
            _sum_tasks(runs, self._groups, total, self._key)
        first = last = None
        if total.calls:
            first, last = time_of(self._first_ns), time_of(self._last_ns)
        return Table(self.dimensions, total, _rows(self._groups, total), first, last, is_repriced)

    def _key(self, call: Grouped) -> Key:
        values = self._values
        return (values[0](call),) if len(values) == 1 else tuple([value(call) for value in values])

    def __getstate__(self) -> tuple[Any, ...]:
        return self.dimensions, self._groups, self._first_ns, self._last_ns

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.dimensions, self._groups, self._first_ns, self._last_ns = state
        self._values = [dimension(name) for name in self.dimensions]


def tabulate(
    calls: Iterable[Call], by: Sequence[str], *, is_repriced: bool = False, runs: Runs | None = None
) -> Table:
    """Groups `calls` by the dimensions named in `by`. Raises `ValueError` for a name that is no dimension.

    Grouped by task, the groups tell of their tasks too, of which `runs` knows the spans once `calls` are over.
    """
    grouping = Grouping(by)
    for call in calls:
        grouping.add(call)
        if runs is not None:
            runs.add(call)
    return grouping.table(is_repriced=is_repriced, runs=runs)


def _sum_tasks(runs: Runs, groups: dict[Key, Totals], total: Totals, key: Callable[[Run], Key]) -> None:
    total.tasks = TaskTotals()
    for group in groups.values():
        group.tasks = TaskTotals()

    def tasks(of: Key) -> TaskTotals:
        group = groups.setdefault(of, Totals())
        if group.tasks is None:
            group.tasks = TaskTotals()
        return group.tasks

    runs.into(tasks, total.tasks, key)


def _rows(groups: Mapping[tuple[KeyValue, ...], Totals], total: Totals) -> tuple[Row, ...]:
    ordered = sorted(
        groups.items(), key=lambda group: (-group[1].cost_picodollars, -group[1].calls, str(group[0]))
    )
    whole = total.cost_picodollars
    rows = []
    so_far = 0
    for key, totals in ordered:
        so_far += totals.cost_picodollars
        share, cumulative_share = (totals.cost_picodollars / whole, so_far / whole) if whole else (None, None)
        rows.append(Row(key, totals, share, cumulative_share))
    return tuple(rows)
