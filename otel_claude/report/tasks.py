"""Tasks in a report: what one costs, how many came out right, and what they are worth.

A *run* is one task: its span, and the calls whose innermost task it is, in whatever process they were made. Its *own*
cost is that of those calls; its *whole* cost has that of the runs inside it too. In a group of runs each call counts
once, also where one run of the group is inside another. A run of which calls are there and the span is not was begun
and did not finish, or not yet; where all its calls say that it began in another process, nothing is known of that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otel_claude import attributes as names
from otel_claude.report import stated
from otel_claude.report.totals import PICODOLLARS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from otel_claude.call_site import CallSite
    from otel_claude.report.calls import Call
    from otel_claude.report.table import KeyValue
    from otel_claude.store.reader import Span, Value

Key = tuple["KeyValue", ...]


@dataclass(slots=True)
class TaskTotals:
    """Sums over runs. Money is USD, ratios are 0 to 1, and `None` where there is nothing to divide by."""

    tasks: int = 0
    """Runs that began."""

    finished: int = 0
    unknown: int = 0
    """Runs of which nothing tells whether they finished."""

    judged: int = 0
    passed: int = 0
    retried: int = 0
    escalated: int = 0
    scores: list[float] = field(default_factory=list)
    value_picodollars: int | None = None
    """What those that passed are worth; `None` where no value was given."""

    cost_picodollars: int = 0
    """The whole cost of the runs, each call once."""

    tried_picodollars: int = 0
    """That of those with a verdict, and of those that did not finish."""

    units: set[str] = field(default_factory=set)

    def add(self, run: Run) -> None:
        """Counts `run`, without its cost."""
        self.tasks += 1
        self.unknown += run.is_elsewhere
        if run.unit is not None:
            self.units.add(run.unit)
        if not run.is_finished:
            return
        self.finished += 1
        self.judged += run.passed is not None
        self.passed += run.passed is True
        self.retried += run.attempts > 1
        self.escalated += len(run.models) > 1
        if run.score is not None:
            self.scores.append(run.score)
        if run.value_usd is not None:
            earned = round(run.value_usd * PICODOLLARS) if run.passed else 0
            self.value_picodollars = (self.value_picodollars or 0) + earned

    def spend(self, picodollars: int, *, is_tried: bool) -> None:
        """Adds what calls of the runs cost."""
        self.cost_picodollars += picodollars
        self.tried_picodollars += picodollars if is_tried else 0

    @property
    def cost_usd(self) -> float:
        """What the priced calls of the runs cost."""
        return self.cost_picodollars / PICODOLLARS

    @property
    def value_usd(self) -> float | None:
        """What those that passed are worth."""
        return None if self.value_picodollars is None else self.value_picodollars / PICODOLLARS

    @property
    def completion(self) -> float | None:
        """Those that finished over those that began."""
        return _ratio(self.finished, self.tasks - self.unknown)

    @property
    def pass_rate(self) -> float | None:
        """Those that passed over those with a verdict."""
        return _ratio(self.passed, self.judged)

    @property
    def retry_rate(self) -> float | None:
        """Those with more than one attempt over those that finished."""
        return _ratio(self.retried, self.finished)

    @property
    def escalation_rate(self) -> float | None:
        """Those that more than one model answered over those that finished."""
        return _ratio(self.escalated, self.finished)

    @property
    def mean_score(self) -> float | None:
        """The mean of the scores that were recorded."""
        return math.fsum(self.scores) / len(self.scores) if self.scores else None

    @property
    def cost_per_task_usd(self) -> float | None:
        """What all runs cost over those that began."""
        return _ratio(self.cost_usd, self.tasks)

    @property
    def cost_per_passed_usd(self) -> float | None:
        """What the runs cost that passed, failed or did not finish, over those that passed."""
        return _ratio(self.tried_picodollars / PICODOLLARS, self.passed)

    @property
    def value_over_cost(self) -> float | None:
        """USD of value for each that was spent on runs that passed, failed or did not finish."""
        return (
            None if self.value_usd is None else _ratio(self.value_usd, self.tried_picodollars / PICODOLLARS)
        )

    @property
    def unit(self) -> str | None:
        """What one of them is called, where all are called the same."""
        return next(iter(self.units)) if len(self.units) == 1 else None


@dataclass(slots=True)
class Run:
    """One task. What can be asked of a call to group it can be asked of a run, which began with its first one."""

    start_ns: int
    task: str
    feature: str | None = None
    model: str | None = None
    """The model that answered first."""

    call_site: CallSite | None = None
    miss_reason: None = None
    """A run has none of its own."""

    tags: Mapping[str, str] = field(default_factory=dict)
    parent_id: str | None = None
    is_finished: bool = False
    is_elsewhere: bool = False
    """Whether it began in another process, whose spans are not there."""

    unit: str | None = None
    passed: bool | None = None
    score: float | None = None
    value_usd: float | None = None
    attempts: int = 0
    models: tuple[str, ...] = ()
    own_picodollars: int = 0
    first_call_ns: int | None = None
    """When the first of its calls began. `None` without calls."""

    def merge(self, other: Run) -> None:
        """Takes over what `other` knows of the same run: more calls of it, or its span."""
        self.own_picodollars += other.own_picodollars
        self.is_elsewhere = self.is_elsewhere and other.is_elsewhere
        if other.is_finished and not self.is_finished:
            for name in _OF_THE_SPAN:
                setattr(self, name, getattr(other, name))
            self.model = other.model or self.model
            self.feature = other.feature or self.feature
        elif self.is_finished:
            self.model = self.model or other.model
            self.feature = self.feature or other.feature
        first = other.first_call_ns
        if first is not None and (self.first_call_ns is None or first < self.first_call_ns):
            self.first_call_ns, self.call_site = first, other.call_site
            if not self.is_finished:
                self.start_ns, self.model = first, other.model
                self.feature, self.tags = other.feature, other.tags

    @property
    def is_tried(self) -> bool:
        """Whether what it cost was for better or worse: it has a verdict, or did not finish."""
        return self.passed is not None or not (self.is_finished or self.is_elsewhere)


_OF_THE_SPAN: Final = (
    *("start_ns", "tags", "parent_id", "is_finished", "unit", "passed", "score", "value_usd"),
    *("attempts", "models"),
)
"""What the span of a run says better than its calls."""


class Runs:
    """Puts runs together from spans and calls as they come by, in any order."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def watched(self, spans: Iterable[Span]) -> Iterator[Span]:
        """`spans` as they are, once those of tasks are taken note of."""
        for span in spans:
            if names.TASK_CALLS in span.attributes:
                self._add_span(span)
            yield span

    def add(self, call: Call) -> None:
        """Takes note of a call."""
        if call.task_id is None or call.task is None:
            return
        run = Run(
            call.start_ns,
            call.task,
            call.feature,
            call.model,
            call.call_site,
            tags=call.tags,
            is_elsewhere=call.is_task_remote,
            own_picodollars=round((call.cost_usd or 0.0) * PICODOLLARS),
            first_call_ns=call.start_ns,
        )
        known = self._runs.setdefault(call.task_id, run)
        if known is not run:
            known.merge(run)

    def merge(self, others: Runs) -> None:
        """Takes note of what `others` took note of."""
        for task_id, run in others._runs.items():
            known = self._runs.setdefault(task_id, run)
            if known is not run:
                known.merge(run)

    def into(self, group: Callable[[Key], TaskTotals], total: TaskTotals, key: Callable[[Run], Key]) -> None:
        """Sums the runs by their `key`, in the totals that `group` gives for it and in `total`."""
        for run in self._runs.values():
            group(key(run)).add(run)
            total.add(run)
            is_tried: dict[Key, bool] = {}
            for each in self._outwards(run):
                is_tried[key(each)] = is_tried.get(key(each), False) or each.is_tried
            for counted, tried in is_tried.items():
                group(counted).spend(run.own_picodollars, is_tried=tried)
            total.spend(run.own_picodollars, is_tried=any(is_tried.values()))

    def _outwards(self, run: Run) -> Iterator[Run]:
        """`run`, and those that it is inside of."""
        seen: set[str] = set()
        yield run
        while run.parent_id is not None and run.parent_id in self._runs and run.parent_id not in seen:
            seen.add(run.parent_id)
            run = self._runs[run.parent_id]
            yield run

    def _add_span(self, span: Span) -> None:
        attributes = span.attributes
        task_id, name = attributes.get(names.TASK_ID), attributes.get(names.TASK_NAME)
        if not (isinstance(task_id, str) and isinstance(name, str)):
            return
        listed = attributes.get(names.TASK_MODELS)
        models = tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()
        passed = attributes.get(names.TASK_PASSED)
        run = Run(
            span.start_ns,
            name,
            _text(attributes.get(names.FEATURE)),
            models[0] if models else None,
            tags={
                tag[len(names.TAG_PREFIX) :]: str(value)
                for tag, value in attributes.items()
                if tag.startswith(names.TAG_PREFIX)
            },
            parent_id=_text(attributes.get(names.TASK_PARENT_ID)),
            is_finished=True,
            unit=_text(attributes.get(names.TASK_UNIT)),
            passed=passed if isinstance(passed, bool) else None,
            score=stated.score(attributes.get(names.TASK_SCORE)),
            value_usd=stated.usd(attributes.get(names.TASK_VALUE)),
            attempts=stated.count(attributes.get(names.TASK_ATTEMPTS)) or 0,
            models=models,
        )
        known = self._runs.setdefault(task_id, run)
        if known is not run:
            known.merge(run)


def _ratio(number: float, over: float) -> float | None:
    return number / over if over else None


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) and value else None
