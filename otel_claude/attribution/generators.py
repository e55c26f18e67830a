"""A block around a generator function: it is held by each step of the generator, and never by its consumer."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec

from otel_claude.attribution.blocks import Stay

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from otel_claude.attribution.blocks import Block

P = ParamSpec("P")


def decorated(block: Block[Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """The generator function, or async generator function, `function`, each step of whose generators is inside `block`.

    A generator is in the block from its first step to its last. One that its consumer leaves ends when it is closed.
    """
    return (
        async_generator(block, function)
        if inspect.isasyncgenfunction(function)
        else generator(block, function)
    )


def generator(block: Block[Any], function: Callable[P, Any]) -> Callable[P, Generator[Any, Any, Any]]:
    """`function`, each step of whose generators is inside `block`."""

    @functools.wraps(function)
    def stepped(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, Any, Any]:
        stay = Stay(block)
        try:
            result = yield from Steps(stay, function(*args, **kwargs))
        except BaseException as error:
            stay.end(error)
            raise
        stay.end(None)
        return result

    return stepped


def async_generator(block: Block[Any], function: Callable[P, Any]) -> Callable[P, AsyncGenerator[Any, Any]]:
    """The same of async generators."""

    @functools.wraps(function)
    async def stepped(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Any, Any]:
        stay = Stay(block)
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
    """A generator, or any iterator, each of whose steps is inside a block, for `yield from` and for loops."""

    def __init__(self, stay: Stay[Any], steps: Any) -> None:
        self._stay = stay
        self._steps = steps

    def __iter__(self) -> Steps:
        return self

    def __next__(self) -> Any:
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
