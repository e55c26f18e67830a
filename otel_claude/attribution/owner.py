"""The frame of a generator that attached something to the context, and whether that holds for the code that runs now.

A generator runs in its consumer's context, so what it attaches is there for the consumer too. Threads and tasks get a
copy of it, whichever of the two starts them. Theirs it is while the generator is *at work*: on the stack of its
thread, or awaited by its task. A consumer starts what it starts while the generator is not.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from types import FrameType

_WRAPPERS: Final = frozenset(
    {"anext_awaitable", "async_generator_asend", "async_generator_athrow", "coroutine_wrapper"}
)
"""The names of Python's own awaitables that have what they await as a referent, and no attribute for it."""

_AWAITED: Final = (CoroutineType, GeneratorType, AsyncGeneratorType)


class Holder(Protocol):
    """Who attached something to the context."""

    def holds(self) -> bool:
        """Whether that holds for the code that runs now."""


class Owner:
    """The frame of a generator that attached an attribution, with the thread and the task of asyncio that it ran in.

    A frame keeps its locals, and what it attached stays behind in copies of the context: it is forgotten when the block
    is left.
    """

    __slots__ = ("frame", "task", "thread")

    def __init__(self, frame: FrameType, thread: int, task: Any) -> None:
        self.frame: FrameType | None = frame
        self.thread, self.task = thread, task

    @classmethod
    def here(cls, frame: FrameType) -> Owner:
        """That of `frame`, which runs in this thread and task."""
        return cls(frame, threading.get_ident(), _task())

    def leave(self) -> None:
        """It holds nowhere any more."""
        self.frame = self.task = None

    def holds(self) -> bool:
        """Whether code that runs now is inside the generator, or in a thread or task beside it while it is at work."""
        own, task = self.frame, self.task  # another thread may leave it meanwhile
        if own is None:
            return False
        if threading.get_ident() == self.thread:
            if _is_on(own, sys._getframe(1)):
                return True
            return _task() is not task and _is_awaited(own, task)
        frames = sys._current_frames()  # noqa: SLF001 - documented, for all its name
        return _is_on(own, frames.get(self.thread)) or _is_awaited(own, task)


def _is_on(own: FrameType, frame: FrameType | None) -> bool:
    """Whether the stack whose innermost frame is `frame` has `own`."""
    while frame is not None:
        if frame is own:
            return True
        frame = frame.f_back
    return False


def _is_awaited(own: FrameType, task: Any) -> bool:
    """Whether the `task`, which waits, waits inside the generator whose frame is `own`."""
    awaited = None if task is None else task.get_coro()
    while awaited is not None:
        if isinstance(awaited, CoroutineType):
            frame, awaited = awaited.cr_frame, awaited.cr_await
        elif isinstance(awaited, AsyncGeneratorType):
            frame, awaited = awaited.ag_frame, awaited.ag_await
        elif isinstance(awaited, GeneratorType):
            frame, awaited = awaited.gi_frame, awaited.gi_yieldfrom
        elif type(awaited).__name__ in _WRAPPERS:
            frame, awaited = None, _inside(awaited)
        else:
            return False
        if frame is own:
            return True
    return False


def _inside(wrapper: object) -> object:
    """What a wrapper of Python's awaits, or `None`."""
    return next(
        (
            each
            for each in gc.get_referents(wrapper)
            if isinstance(each, _AWAITED) or type(each).__name__ in _WRAPPERS
        ),
        None,
    )


def _task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
