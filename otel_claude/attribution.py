"""Who asked for a call: the feature, and the tags that say more.

An *attribution* is what a block of the user's code says of the calls made in it. It travels in the OpenTelemetry
context, so it follows threads and tasks as that does, and it is never sent to Anthropic: it is not baggage.

A block in a generator is a special case. A generator runs in its consumer's context, so what it attaches is still
there while the consumer runs, and for good when the consumer breaks out. An attribution that a generator's frame
attached therefore holds only while that frame is on the stack of its own thread and task.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from opentelemetry import context

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
    from types import FrameType, TracebackType

P = ParamSpec("P")
R = TypeVar("R")
Tag = str | bool | int | float

_KEY: Final = context.create_key("otel_claude.attribution")
_IN_A_GENERATOR: Final = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


@dataclass(frozen=True, slots=True)
class Attribution:
    """What holds for a call. `block` attached it inside `outer`, in the frame of a generator if there is an `owner`."""

    feature: str | None
    tags: Mapping[str, Tag]
    block: Block
    outer: Attribution | None = None
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The frame of a generator that attached an attribution, with the thread and the task that it ran in."""

    frame: FrameType
    thread: int
    task: object

    def holds(self) -> bool:
        """Whether code that runs now is inside the generator, or in a thread or task that it started."""
        if threading.get_ident() != self.thread or _task() is not self.task:
            return True
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame is self.frame:
                return True
            frame = frame.f_back
        return False


def current() -> Attribution | None:
    """The attribution of a call made here and now, or `None`."""
    attribution = cast("Attribution | None", context.get_value(_KEY))
    while attribution is not None and attribution.owner is not None and not attribution.owner.holds():
        attribution = attribution.outer
    return attribution


class Block(contextlib.AbstractContextManager["Block"], ABC):
    """Says something of the Claude calls made inside a block or a function.

    It is a context manager, and a decorator of a function, a coroutine function, a generator function or an async
    generator function. One object can be entered any number of times, also by several threads and tasks at once.
    """

    @abstractmethod
    def _said(self, feature: str | None, tags: Mapping[str, Tag]) -> tuple[str | None, Mapping[str, Tag]]:
        """The feature and the tags inside the block, where those outside are `feature` and `tags`."""

    def __enter__(self) -> Block:
        outer = current()
        said = self._said(None, {}) if outer is None else self._said(outer.feature, outer.tags)
        _attach(Attribution(*said, self, outer, _owner(sys._getframe(1))))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Attaching what was there before, rather than detaching, is right also in a context other than the one that
        # was entered: there another attribution holds, and stays.
        attribution = cast("Attribution | None", context.get_value(_KEY))
        if attribution is not None and attribution.block is self:
            _attach(attribution.outer)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorates `function`, whatever kind it is. What it is to `inspect` stays the same."""
        if inspect.isasyncgenfunction(function):
            return cast("Callable[P, R]", self._of_async_generator(function))
        if inspect.isgeneratorfunction(function):
            return cast("Callable[P, R]", self._of_generator(function))
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return cast("Callable[P, R]", coroutine)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                result = function(*args, **kwargs)
            # The SDK's own `create` is such a function: it makes a coroutine without being a coroutine function.
            return cast("R", self._of_coroutine(result)) if inspect.iscoroutine(result) else result

        return call

    async def _of_coroutine(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        with self:
            return await coroutine

    def _of_generator(self, function: Callable[P, Any]) -> Callable[P, Generator[Any, Any, Any]]:
        @functools.wraps(function)
        def generator(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, Any, Any]:
            steps = function(*args, **kwargs)
            return (yield from _Steps(self, steps))

        return generator

    def _of_async_generator(self, function: Callable[P, Any]) -> Callable[P, AsyncGenerator[Any, Any]]:
        @functools.wraps(function)
        async def generator(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Any, Any]:
            steps = function(*args, **kwargs)
            step = steps.__anext__
            argument: tuple[Any, ...] = ()
            try:
                while True:
                    try:
                        with self:
                            item = await step(*argument)
                    except StopAsyncIteration:
                        return
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001 - it is the generator's to handle
                        step, argument = steps.athrow, (error,)
                    else:
                        step, argument = steps.asend, (sent,)
            finally:
                with self:
                    await steps.aclose()

        return generator


class feature(Block):  # noqa: N801
    """Names the feature that makes the Claude calls inside a block or a function. Nested, the innermost counts.

    Use it as a context manager, `with feature("search"):`, or as a decorator, `@feature("search")`.

    Raises `ValueError` for an empty name and `TypeError` for one that is not a string.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"feature() takes the name of a feature, a string, not {type(name).__name__}")
        if not name.strip():
            raise ValueError("feature() takes the name of a feature, which cannot be empty")
        self.name = name

    def _said(self, feature: str | None, tags: Mapping[str, Tag]) -> tuple[str | None, Mapping[str, Tag]]:  # noqa: ARG002
        return self.name, tags


class tag(Block):  # noqa: N801
    """Tags the Claude calls inside a block or a function: `with tag(tenant="acme", tier="gold"):`.

    A tag is the attribute `otel_claude.tag.<name>` of their spans, and `otel-claude report --by tag.<name>` groups by
    it. Nested, tags add up, and of the same name the innermost counts. They are never sent to Anthropic, and are no
    dimensions of metrics.

    Raises `TypeError` for no tag, and for a value that is no string, number or boolean.
    """

    def __init__(self, **tags: Tag) -> None:
        if not tags:
            raise TypeError('tag() takes tags by name, such as tag(tenant="acme")')
        for name, value in tags.items():
            if not isinstance(value, (str, bool, int, float)):
                raise TypeError(
                    f"tag() takes strings, numbers and booleans; {name} is a {type(value).__name__}"
                )
        self.tags = tags

    def _said(self, feature: str | None, tags: Mapping[str, Tag]) -> tuple[str | None, Mapping[str, Tag]]:
        return feature, {**tags, **self.tags}


class _Steps:
    """A generator each of whose steps runs inside a block, for `yield from`."""

    def __init__(self, block: Block, steps: Generator[Any, Any, Any]) -> None:
        self._block = block
        self._steps = steps

    def __iter__(self) -> _Steps:
        return self

    def __next__(self) -> Any:
        with self._block:
            return next(self._steps)

    def send(self, value: Any) -> Any:
        with self._block:
            return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        with self._block:
            return self._steps.throw(*error)

    def close(self) -> None:
        with self._block:
            self._steps.close()


def _attach(attribution: Attribution | None) -> None:
    context.attach(context.set_value(_KEY, attribution))


def _owner(frame: FrameType) -> Owner | None:
    """The owner of what `frame` attaches, or `None` when it holds until it is taken back.

    A generator under `contextlib.contextmanager` attaches for the block that it is the manager of, and an `ExitStack`
    for the frame that filled it.
    """
    while frame.f_code.co_filename == contextlib.__file__ and frame.f_back is not None:
        frame = frame.f_back
    if not frame.f_code.co_flags & _IN_A_GENERATOR:
        return None
    if frame.f_back is not None and frame.f_back.f_code.co_filename == contextlib.__file__:
        return None
    return Owner(frame, threading.get_ident(), _task())


def _task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
