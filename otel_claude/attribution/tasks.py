"""Tasks: units of the user's own work, each with what its calls cost and whether it came out right.

A *task* begins when `task()` is entered and finishes when it is left. A call counts in the innermost task around it,
and in no other, so that a sum over tasks counts each call once; what the tasks inside another cost is a number of its
own there. A *verdict* is what the program says of the task by `record(passed=...)`. An *attempt* at a task begins with
its first call, and with a call after a verdict, after a call that failed, or with another model than the last,
unless others of its calls are still under way.
"""

from __future__ import annotations

import logging
import math
import os
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from opentelemetry import trace

from otel_claude import attributes as names
from otel_claude import outlets
from otel_claude.attribution.blocks import Attribution, Block, current, plain
from otel_claude.attribution.owner import Owner

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

    from otel_claude.attribution.blocks import TaskIdentity
    from otel_claude.attribution.owner import Holder
    from otel_claude.outlets import Outlets

log: Final = logging.getLogger("otel_claude")


class RemoteTask(NamedTuple):
    """A task that began in another process: its calls here say so, and are summed where they are reported."""

    name: str
    id: str
    is_remote: bool = True


class CallEvent(NamedTuple):
    """What happened in a task: a call began or settled, or a verdict was given."""

    what: Literal["began", "settled", "verdict"]
    model: str | None = None
    is_failed: bool = False
    """Whether one that settled ended with an error."""

    is_billed: bool = True
    cost_usd: float | None = None
    """`None` where it is not billed or has no price."""

    tokens: tuple[tuple[str, int], ...] = ()
    """By kind."""

    calls: int = 1
    """How many there are: results of a batch come together."""


class Sums:
    """What the calls of a task come to, in the order of what happened."""

    def __init__(self, events: list[CallEvent]) -> None:
        self.calls = 0
        self.open_calls = 0
        self.attempts = 0
        self.unpriced = 0
        self.models: list[str] = []
        """Each once, in the order of their first answer."""
        self.tokens: dict[str, int] = dict.fromkeys(names.TASK_TOKENS, 0)
        self._amounts: list[float] = []
        self._is_next_attempt = True
        self._last_model: str | None = None
        for event in events:
            self._add(event)

    @property
    def cost_usd(self) -> float | None:
        """What the priced calls cost, or `None` where there are calls and none is priced."""
        return None if self.unpriced and not self._amounts else math.fsum(self._amounts)

    def _add(self, event: CallEvent) -> None:
        if event.what == "verdict":
            self._is_next_attempt = True
        elif event.what == "began":
            if not self.open_calls and (self._is_next_attempt or event.model != self._last_model):
                self.attempts += 1
                self._is_next_attempt = False
            self._last_model = event.model
            self.calls += event.calls
            self.open_calls += 1
        else:
            self.open_calls -= 1
            self._settle(event)

    def _settle(self, event: CallEvent) -> None:
        self._is_next_attempt = self._is_next_attempt or event.is_failed
        if event.model is not None and not event.is_failed and event.model not in self.models:
            self.models.append(event.model)
        for kind, count in event.tokens:
            self.tokens[kind] += count
        if event.cost_usd is not None:
            self._amounts.append(event.cost_usd)
        elif event.is_billed:
            self.unpriced += event.calls


class Task:
    """One task on its way. Every method can be called by any thread, at any time; none raises but for wrong types."""

    def __init__(self, name: str, unit: str | None, value_usd: float | None) -> None:
        self.name = name
        self.id = os.urandom(8).hex()
        self.unit = unit
        self.value_usd = value_usd
        self.span: Span | None = None
        self.around: Span | None = None
        """What was the current span outside."""

        self.parent: TaskIdentity | None = None
        self._feature: str | None = None
        self._events: list[CallEvent] = []
        self._nested: list[float] = []
        self._passed: bool | None = None
        self._score: float | None = None
        self.is_finished = False
        self._pid = os.getpid()

    @property
    def is_remote(self) -> bool:
        """Whether it began in another process: a child that was forked in the middle of it has a copy."""
        return os.getpid() != self._pid

    def record(self, *, passed: bool | None = None, score: float | None = None) -> None:
        """Says how the task, or the attempt at it that was just made, came out. The last word counts.

        `passed` is a verdict. `score` is a number of the program's own, such as 0 to 1. What is `None` is not said.
        """
        if passed is not None:
            self._passed = bool(passed)
            self._events.append(CallEvent("verdict"))
        if score is not None:
            self._score = float(score)

    @property
    def passed(self) -> bool | None:
        """The last verdict, or `None`."""
        return self._passed

    @property
    def cost_usd(self) -> float | None:
        """What its settled calls cost so far, those of tasks inside it included; `None` where none is priced."""
        own = Sums(self._events.copy()).cost_usd
        return own if not self._nested else math.fsum([own or 0.0, *self._nested])

    def note(self, event: CallEvent) -> None:
        """Takes what happened to one of its calls. Only appends."""
        self._events.append(event)

    def begin(self) -> None:
        """Starts the span. What holds here and now is what the task is inside of."""
        outside = current()
        if outside is not None:
            self.parent, self._feature = outside.task, outside.feature
        out = outlets.current()
        if out is None:
            return
        from otel_claude.task_metrics import Began

        self._feature = self._feature or out.default_feature()
        attributes: dict[str, AttributeValue] = {} if outside is None else dict(outside.span_attributes())
        if self._feature is not None:
            attributes[names.FEATURE] = self._feature
        attributes[names.TASK_NAME] = self.name
        attributes[names.TASK_ID] = self.id
        attributes.pop(names.TASK_REMOTE, None)
        if self.parent is not None:
            attributes[names.TASK_PARENT_ID] = self.parent.id
        if self.unit is not None:
            attributes[names.TASK_UNIT] = self.unit
        if self.value_usd is not None:
            attributes[names.TASK_VALUE] = self.value_usd
        tracer = out.tracing.tracer(names.OUR_SCOPE, "") or trace.get_tracer(names.OUR_SCOPE)
        self.around = trace.get_current_span()
        self.span = tracer.start_span(f"task {self.name}", attributes=attributes)
        out.task_recorder.record(Began(self.name, self._feature))

    def outside(self) -> Span | None:
        """What is to be the current span once it is left: `around`, unless that is of a task that has finished."""
        around, parent = self.around, self.parent
        while isinstance(parent, Task) and parent.is_finished and around is parent.span:
            around, parent = parent.around, parent.parent
        return around

    def finish(self, error: BaseException | None) -> None:
        """Ends the span, once. An exception that leaves the task is a verdict, where the program gave none."""
        if self.is_finished or self.is_remote:
            return
        self.is_finished = True
        if isinstance(error, Exception) and self._passed is None:
            # What is cancelled, interrupted or no longer read has not failed.
            self._passed = False
        sums = Sums(self._events.copy())
        if isinstance(self.parent, Task):
            self.parent.nest(math.fsum([sums.cost_usd or 0.0, *self._nested]))
        kind = type(error).__name__ if isinstance(error, Exception) else None
        if self.span is not None:
            try:
                self._record(self.span, sums)
                if kind is not None:
                    self.span.set_attribute(names.ERROR_TYPE, kind)
                    self.span.set_status(trace.StatusCode.ERROR)
            finally:
                self.span.end()
        out = outlets.current()
        if out is not None:
            self._measure(out, sums, kind)

    def nest(self, cost_usd: float) -> None:
        """A task inside it has finished, for so much."""
        self._nested.append(cost_usd)

    def _record(self, span: Span, sums: Sums) -> None:
        from otel_claude.cost import bucket_of

        whole = math.fsum([sums.cost_usd or 0.0, *self._nested])
        found: dict[str, AttributeValue] = {
            names.TASK_CALLS: sums.calls,
            names.TASK_ATTEMPTS: sums.attempts,
            names.TASK_MODELS: sums.models,
            **{name: sums.tokens[kind] for kind, name in names.TASK_TOKENS.items()},
        }
        optional: dict[str, AttributeValue | None] = {
            names.TASK_PASSED: self._passed,
            names.TASK_SCORE: self._score,
            names.TASK_COST: sums.cost_usd,
            names.TASK_COST_BUCKET: bucket_of(whole) if whole or sums.cost_usd is not None else None,
            names.TASK_NESTED_COST: math.fsum(self._nested) if self._nested else None,
            names.TASK_UNPRICED: sums.unpriced or None,
            names.TASK_OPEN_CALLS: sums.open_calls or None,
        }
        found.update({name: value for name, value in optional.items() if value is not None})
        span.set_attributes(found)

    def _measure(self, out: Outlets, sums: Sums, error: str | None) -> None:
        from otel_claude.task_metrics import Finished

        out.task_recorder.record(
            Finished(
                task=self.name,
                feature=self._feature,
                passed=self._passed,
                first_model=sums.models[0] if sums.models else None,
                is_retried=sums.attempts > 1,
                is_escalated=len(sums.models) > 1,
                error=error,
                score=self._score,
                value_usd=self.value_usd if self._passed else None,
            )
        )


class task(Block[Task]):  # noqa: N801
    """A unit of the program's own work: `with task("classify_ticket", unit="ticket", value_usd=0.4) as run:`.

    It is one span, which sums the calls made inside. `run.record(passed=..., score=...)` says how it came out; inside
    a function that is decorated, `current_task().record(...)`. `unit` is what one of them is called, and `value_usd`
    what one is worth that passed, in USD.

    Nested, a call counts in the innermost task. An exception that leaves the task fails it, unless it was recorded.

    Raises `ValueError` for an empty name or a value that is negative or not finite, `TypeError` for what is no string.
    """

    def __init__(self, name: str, *, unit: str | None = None, value_usd: float | None = None) -> None:
        for text, what in ((name, "name"), (unit, "unit")):
            if not isinstance(text, str) and not (text is None and what == "unit"):
                raise TypeError(f"task() takes the {what} of a task as a string, not {type(text).__name__}")
        if not name.strip():
            raise ValueError("task() takes the name of a task, which cannot be empty")
        if value_usd is not None and (isinstance(value_usd, bool) or not isinstance(value_usd, (int, float))):
            raise TypeError(f"task() takes a value in USD as a number, not {type(value_usd).__name__}")
        if value_usd is not None and not 0 <= value_usd < math.inf:
            raise ValueError("task() takes a value in USD, which is a finite number of 0 or more")
        self.name = plain(name)
        self.unit = None if unit is None else plain(unit)
        self.value_usd = None if value_usd is None else float(value_usd)

    def _begin(self) -> Task:
        run = Task(self.name, self.unit, self.value_usd)
        try:
            run.begin()
        except Exception:
            log.debug("Could not start the span of a task", exc_info=True)
        return run

    def _end(self, entered: Task | None, error: BaseException | None) -> None:
        if entered is None:
            return
        try:
            entered.finish(error)
        except Exception:
            log.debug("Could not finish a task", exc_info=True)

    def _said(self, outer: Attribution, entered: Task) -> Attribution:
        return Attribution(outer.feature, outer.tags, entered, outer.naming)

    def _into(self, within: Context, entered: Task, owner: Holder | None) -> Context:
        if isinstance(owner, Owner):
            # The consumer of a generator runs in the same context: its spans are not to become the task's.
            return within
        return within if entered.span is None else trace.set_span_in_context(entered.span, within)

    def _out_of(self, within: Context, entered: Task) -> Context:
        if entered.span is None or trace.get_current_span(within) is not entered.span:
            return within
        return trace.set_span_in_context(entered.outside() or trace.INVALID_SPAN, within)


def current_task() -> Task:
    """The innermost task around, or, where there is none in this process, one that nothing is made of."""
    attribution = current()
    found = None if attribution is None else attribution.task
    return found if isinstance(found, Task) else Task("", None, None)
