"""Where a feature holds, in code that is not written as the examples are."""

from __future__ import annotations

import asyncio
import contextlib
import functools

from otel_claude.attribution import current, feature


def name():
    found = current()
    return None if found is None else found.feature


async def ask():
    await asyncio.sleep(0)
    return name()


async def test_a_function_that_returns_a_coroutine_has_its_feature_when_that_runs():
    # The async `create` of the SDK is one: it makes a coroutine, and is no coroutine function.
    @feature("search")
    def asked():
        return ask()

    for function in (asked, feature("search")(functools.partial(asked))):
        assert await function() == "search"
        assert await asyncio.gather(function(), ask()) == ["search", None]
    assert name() is None


def test_an_exit_stack_in_a_generator_does_not_leak_into_its_consumer():
    def steps():
        with contextlib.ExitStack() as stack:
            stack.enter_context(feature("stream"))
            yield name()
            yield name()

    generator = steps()
    assert next(generator) == "stream"
    assert name() is None
    assert next(generator) == "stream"


def test_an_exit_stack_of_a_context_manager_holds_for_its_block():
    @contextlib.contextmanager
    def manager():
        with contextlib.ExitStack() as stack:
            stack.enter_context(feature("block"))
            yield

    with manager():
        assert name() == "block"
    assert name() is None


def test_an_exit_stack_in_a_function_holds_until_it_is_closed():
    stack = contextlib.ExitStack()
    stack.enter_context(feature("session"))
    assert name() == "session"
    stack.close()
    assert name() is None
