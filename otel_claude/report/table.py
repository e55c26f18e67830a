"""Calls in groups: what each group cost and which share of all that is.

A *dimension* is what calls are grouped by, a *key* a group's values of the dimensions, `None` for a call
that has no value. Groups are sorted by cost, the dearest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otel_claude.call_site import CallSite
from otel_claude.report.calls import Call
from otel_claude.report.tasks import Run, TaskTotals
from otel_claude.report.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from otel_claude.report.tasks import Key, Runs

KeyValue = str | CallSite | None

Grouped = Call | Run
"""What is grouped."""

DIMENSIONS: Final[Mapping[str, Callable[[Grouped], KeyValue]]] = {
    "feature": lambda call: call.feature,
    "model": lambda call: call.model,
    "callsite": lambda call: call.call_site,
    "day": lambda call: call.at.date().isoformat(),
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


def tabulate(
    calls: Iterable[Call], by: Sequence[str], *, is_repriced: bool = False, runs: Runs | None = None
) -> Table:
    """Groups `calls` by the dimensions named in `by`. Raises `ValueError` for a name that is no dimension.

    Grouped by task, the groups tell of their tasks too, of which `runs` knows the spans once `calls` are over.
    """
    dimensions = tuple(dict.fromkeys(by))
    values = [dimension(name) for name in dimensions]
    total = Totals()
    groups: dict[tuple[KeyValue, ...], Totals] = {}
    first = last = None
    for call in calls:
        key = tuple(value(call) for value in values)
        group = groups.get(key)
        if group is None:
            group = groups[key] = Totals()
        group.add(call)
        total.add(call)
        if runs is not None:
            runs.add(call)
        first = call.at if first is None or call.at < first else first
        last = call.at if last is None or call.at > last else last
    if runs is not None and "task" in dimensions:
        _sum_tasks(runs, groups, total, lambda run: tuple(value(run) for value in values))
    return Table(dimensions, total, _rows(groups, total), first, last, is_repriced)


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
