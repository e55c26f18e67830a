"""What every task adds to the metrics: that it began, and how it finished.

The share of tasks that are completed is finished over started. What a task costs is the cost of its calls, which has
the task as a dimension, over the finished; what one that passed costs, over those that passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from otel_claude import attributes as names
from otel_claude.backlog import Backlog
from otel_claude.first_use import making_instruments
from otel_claude.metrics import Series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.metrics import CallbackOptions, Meter, MeterProvider, Observation

    from otel_claude.provider import Metering


class Began(NamedTuple):
    """A task that began."""

    task: str
    feature: str | None

    def dimensions(self) -> dict[str, str]:
        """The attributes of the series that it counts in."""
        found = {names.TASK_NAME: self.task}
        if self.feature is not None:
            found[names.FEATURE] = self.feature
        return found


class Finished(NamedTuple):
    """A task that finished."""

    task: str
    feature: str | None
    passed: bool | None
    first_model: str | None
    """The model that answered first."""

    is_retried: bool
    is_escalated: bool
    error: str | None
    score: float | None
    value_usd: float | None
    """What it is worth, `None` where it did not pass or nothing is said."""

    def dimensions(self) -> dict[str, str]:
        """The attributes of the series that it counts in."""
        found = Began(self.task, self.feature).dimensions()
        found[names.TASK_PASSED] = "unknown" if self.passed is None else _word(self.passed)
        found[names.TASK_RETRIED] = _word(self.is_retried)
        found[names.TASK_ESCALATED] = _word(self.is_escalated)
        if self.first_model is not None:
            found[names.TASK_FIRST_MODEL] = self.first_model
        if self.error is not None:
            found[names.ERROR_TYPE] = self.error
        return found


class TaskRecorder:
    """Takes what becomes of tasks, and has it recorded where the metering says. Never waits."""

    def __init__(self, metering: Metering) -> None:
        self._metering = metering

    def record(self, event: Began | Finished) -> None:
        """Has `event` recorded, now or at the next collection."""
        provider = self._metering.provider()
        if provider is None:
            return
        instruments = _instruments.get(provider)
        if instruments is None:
            instruments = _instruments.setdefault(provider, _Instruments())
        instruments.backlog.append(event)
        instruments.make(provider)

    def flush(self) -> None:
        """Folds what is waiting, for a provider that is about to be shut down."""
        for provider, instruments in list(_instruments.items()):
            instruments.make(provider)
            if instruments.is_made:
                instruments.backlog.drain()


class _Instruments:
    """The instruments of one meter provider, with what waits to be recorded in them."""

    def __init__(self) -> None:
        self.backlog = Backlog[Began | Finished](self._fold)
        self.is_made = False

    def make(self, provider: MeterProvider) -> None:
        """Makes the instruments, once, unless it would have to wait."""
        if self.is_made or not making_instruments.acquire(blocking=False):
            return
        try:
            if not self.is_made:
                self._make(provider.get_meter(names.OUR_SCOPE))
                self.is_made = True
        finally:
            making_instruments.release()

    def _make(self, meter: Meter) -> None:
        self._started = meter.create_counter(names.METRIC_TASKS_STARTED, "{task}", "Tasks that began.")
        self._finished = meter.create_counter(names.METRIC_TASKS_FINISHED, "{task}", "Tasks that finished.")
        self._value = meter.create_counter(
            names.METRIC_TASK_VALUE, "USD", "What the tasks that passed are worth."
        )
        self._score = meter.create_histogram(names.METRIC_TASK_SCORE, "1", "The scores of tasks.")
        self._started_series, self._finished_series = Series(), Series()
        self._value_series, self._score_series = Series(), Series()
        meter.create_observable_gauge(
            "otel_claude.task.backlog", [self._drain], "{task}", "Tasks still to be recorded."
        )

    def _drain(self, options: CallbackOptions) -> Iterable[Observation]:  # noqa: ARG002
        self.backlog.drain()
        return ()

    def _fold(self, events: Iterable[Began | Finished]) -> None:
        for event in events:
            self._add(event)

    def _add(self, event: Began | Finished) -> None:
        dimensions = event.dimensions()
        if isinstance(event, Began):
            self._started.add(1, self._started_series.place(dimensions))
            return
        self._finished.add(1, self._finished_series.place(dimensions))
        of_task = Began(event.task, event.feature).dimensions()
        if event.value_usd is not None and event.value_usd >= 0:
            self._value.add(event.value_usd, self._value_series.place(of_task))
        if event.score is not None:
            self._score.record(event.score, self._score_series.place(of_task))


def _word(value: bool) -> str:
    return "true" if value else "false"


_instruments: WeakKeyDictionary[MeterProvider, _Instruments] = WeakKeyDictionary()
"""The instruments of each meter provider that tasks were recorded to."""
