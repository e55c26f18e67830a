"""Takes what holds here to where OpenTelemetry's context does not follow: executors, threads and other processes."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, ParamSpec, TypeVar, cast

from opentelemetry import context
from opentelemetry.context import Context

from otel_claude.attribution.blocks import Attribution, Block, Stay, Tag, attached, current
from otel_claude.attribution.tasks import RemoteTask

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from types import FrameType

    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    from otel_claude.attribution.owner import Holder

P = ParamSpec("P")
R = TypeVar("R")

_STEP: Final = context.create_key("otel_claude.step")
"""What tells that a context comes from the one that was put in place, whatever was attached in it since."""


def in_context(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, to be called anywhere with the feature, the task, the tags and the span that hold here and now.

    For `executor.submit(in_context(work), item)` and `threading.Thread(target=in_context(work))`. What a coroutine or a
    generator does that it returns is done there as well, and its consumer has nothing of it. What `in_context` returns
    can be pickled where `function` can, so a pool of processes takes it too: then the trace and the names go along.
    """
    return cast("Callable[P, R]", InContext(function, _here()))


class InContext(Generic[P, R]):
    """A function with the context in which it is called."""

    def __init__(self, function: Callable[P, R], within: Context) -> None:
        self._function = function
        self._within = within
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        token = context.attach(self._within)
        try:
            result = self._function(*args, **kwargs)
        finally:
            context.detach(token)
        # A coroutine runs later: where it is awaited. So does a generator: where it is asked for the next item.
        if inspect.iscoroutine(result):
            return cast("R", _awaited(result, self._within))
        if inspect.isgenerator(result) or inspect.isasyncgen(result):
            from otel_claude.attribution import generators

            return cast("R", generators.continued(Stay(_Within(self._within)), result))
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self._function, Luggage.of(self._within))


async def _awaited(coroutine: Coroutine[Any, Any, Any], within: Context) -> Any:
    before, mark = context.get_current(), object()
    context.attach(context.set_value(_STEP, mark, within))
    try:
        return await coroutine
    except GeneratorExit:
        # Never finished, it is closed in any context, which is then not to be touched.
        if context.get_current().get(_STEP) is not mark:
            before = context.get_current()
        raise
    finally:
        context.attach(before)


class _Within(Block[None]):
    """Puts a whole context in place of what is there. For one generator, whose steps come one after the other."""

    def __init__(self, within: Context) -> None:
        self._mark = object()
        self._within = context.set_value(_STEP, self._mark, within)
        self._before: Context | None = None

    def _begin(self) -> None:
        return None

    def _said(self, outer: Attribution, entered: None) -> Attribution:  # noqa: ARG002
        return outer

    def _attach(self, entered: None, owner: Holder | None) -> None:  # noqa: ARG002
        self._before = context.get_current()
        context.attach(self._within)

    def _detach(self, generator: FrameType | None = None, *, is_closed: bool = False) -> None:  # noqa: ARG002
        # A step that was cancelled can be closed in another context, which is not to be touched.
        here = context.get_current()
        if self._before is not None and here.get(_STEP) is self._mark:
            # What the generator attached and has not left is there at its next step, and not for its consumer.
            self._within = here
            context.attach(self._before)


class Luggage(NamedTuple):
    """An attribution and the trace that it is in, as plain data."""

    feature: str | None
    tags: Mapping[str, Tag]
    task: tuple[str, str] | None
    trace: Mapping[str, str]

    @classmethod
    def of(cls, within: Context) -> Luggage:
        """What is in the context `within`."""
        trace: dict[str, str] = {}
        _propagator().inject(trace, within)
        found = current(within)
        if found is None:
            return cls(None, {}, None, trace)
        task = None if found.task is None else (found.task.name, found.task.id)
        return cls(found.feature, dict(found.tags), task, trace)

    def unpacked(self) -> Context:
        """A context that has it."""
        task = None if self.task is None else RemoteTask(*self.task)
        within = _propagator().extract(self.trace, Context())
        return attached(Attribution(self.feature, self.tags, task), within)


def _propagator() -> TraceContextTextMapPropagator:
    # Imported late: only what goes to other processes needs it.
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator()


def _unpickled(function: Callable[P, R], luggage: Luggage) -> InContext[P, R]:
    return InContext(function, luggage.unpacked())


def _here() -> Context:
    """The current context. What a generator's frame attached holds wherever it is taken."""
    here = context.get_current()
    found = current()
    if found is None:
        return attached(None, here)
    return attached(Attribution(found.feature, found.tags, found.task), here)
