"""A block around a generator function, or around what goes on after a function has returned it.

It is held by each step of a generator, async generator or coroutine, and never by its consumer.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import TYPE_CHECKING, Any, ParamSpec

from otel_claude.attribution.blocks import Stay

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator

    from otel_claude.attribution.blocks import Block

P = ParamSpec("P")


def decorated(block: Block[Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """The generator function, or async generator function, `function`, each step of whose generators is inside `block`.

    A generator is in the block from its first step to its last. One that its consumer leaves ends when it is closed.
    """
    stay = functools.partial(Stay, block)
    if inspect.isasyncgenfunction(function):
        return _async_generator(stay, function)
    return _generator(stay, function, getattr(function, "__code__", None))


def continued(stay: Stay[Any], result: Any) -> Any:
    """The coroutine, generator or async generator `result`, of the same kind and name, each step of it in `stay`.

    The `stay` ends with it.
    """
    if inspect.iscoroutine(result):
        ours: Any = _coroutine(stay, result)
    elif inspect.isasyncgen(result):
        ours = _async_generator(lambda: stay, lambda: result)()
    else:
        is_under_way = inspect.getgeneratorstate(result) == inspect.GEN_SUSPENDED
        ours = _generator(lambda: stay, lambda: result, result.gi_code, is_under_way=is_under_way)()
        if is_under_way:
            # The function took the first step, so that something can be sent to what it returns.
            next(ours)
    ours.__name__, ours.__qualname__ = result.__name__, result.__qualname__
    return ours


async def _coroutine(stay: Stay[Any], coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        with stay:
            result = await coroutine
    except BaseException as error:
        stay.end(error)
        raise
    stay.end(None)
    return result


def _generator(
    staying: Callable[[], Stay[Any]],
    function: Callable[P, Any],
    code: types.CodeType | None,
    *,
    is_under_way: bool = False,
) -> Callable[P, Generator[Any, Any, Any]]:
    """`function`, each step of whose generators is inside what `staying` gives for it. `code` is theirs."""

    @functools.wraps(function)
    def stepped(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, Any, Any]:
        stay = staying()
        try:
            result = yield from Steps(stay, function(*args, **kwargs), is_under_way=is_under_way)
        except BaseException as error:
            stay.end(error)
            raise
        stay.end(None)
        return result

    is_awaitable = code is not None and code.co_flags & inspect.CO_ITERABLE_COROUTINE
    return types.coroutine(stepped) if is_awaitable else stepped


def _async_generator(
    staying: Callable[[], Stay[Any]], function: Callable[P, Any]
) -> Callable[P, AsyncGenerator[Any, Any]]:
    """The same of async generators."""

    @functools.wraps(function)
    async def stepped(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Any, Any]:
        stay = staying()
        steps = function(*args, **kwargs)
        step = steps.__anext__
        argument: tuple[Any, ...] = ()
        left: BaseException | None = None
        try:
            while True:
                try:
                    with stay:
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
        except BaseException as error:
            left = error
            raise
        finally:
            try:
                with stay:
                    await steps.aclose()
            finally:
                stay.end(left)

    return stepped


class Steps:
    """A generator, or any iterator, each of whose steps is inside a block, for `yield from` and for loops.

    With one that `is_under_way`, the first `next` takes no step, and gives `None`: what is sent after it is sent to it.
    """

    def __init__(self, stay: Stay[Any], steps: Any, *, is_under_way: bool = False) -> None:
        self._stay = stay
        self._steps = steps
        self._is_under_way = is_under_way

    def __iter__(self) -> Steps:
        return self

    def __next__(self) -> Any:
        if self._is_under_way:
            self._is_under_way = False
            return None
        with self._stay:
            return next(self._steps)

    def send(self, value: Any) -> Any:
        with self._stay:
            return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        with self._stay:
            return self._steps.throw(*error)

    def close(self) -> None:
        with self._stay:
            self._steps.close()
