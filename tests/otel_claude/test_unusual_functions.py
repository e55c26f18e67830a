"""Where a feature holds, in code that is not written as the examples are."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import inspect
import types

import pytest

from otel_claude.attribution import current, feature, task
from tests.otel_claude.sdk.in_memory import tracing


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


def pages(said=None):
    """Says what it is sent, with the feature of each step, and of its end."""
    try:
        sent = None
        for _ in range(3):
            try:
                sent = yield name(), sent
            except LookupError as error:
                sent = error
        return name()
    finally:
        if said is not None:
            said.append(name())


async def asynchronous_pages(said):
    try:
        sent = None
        while True:
            try:
                sent = yield name(), sent
            except LookupError as error:
                sent = error
    finally:
        said.append(name())


def test_a_function_that_returns_a_generator_has_its_feature_in_each_step():
    @feature("search")
    def searched():
        return (name() for _ in range(3))

    for function in (searched, feature("search")(functools.partial(searched))):
        said = []
        for each in function():
            said.append((each, name()))
        assert said == [("search", None)] * 3


def test_a_generator_that_a_function_returned_can_be_sent_thrown_and_closed():
    said, error = [], LookupError()
    searched = feature("search")(lambda: pages(said))
    steps = searched()
    assert inspect.isgenerator(steps)
    assert (steps.__name__, steps.__qualname__) == ("pages", "pages")
    assert inspect.getgeneratorstate(steps) == inspect.GEN_CREATED
    assert next(steps) == ("search", None)
    assert steps.send("more") == ("search", "more")
    assert steps.throw(error) == ("search", error)
    with pytest.raises(StopIteration) as ended:
        next(steps)
    assert ended.value.value == "search"
    closed, dropped = searched(), searched()
    next(closed)
    closed.close()
    next(dropped)
    del dropped
    gc.collect()
    assert (said, name()) == (["search"] * 3, None)


async def test_an_async_generator_that_a_function_returned_is_one_still():
    said, error = [], LookupError()
    steps = feature("search")(lambda: asynchronous_pages(said))()
    assert inspect.isasyncgen(steps)
    assert steps.__name__ == "asynchronous_pages"
    assert await anext(steps) == ("search", None)
    assert await steps.asend("more") == ("search", "more")
    assert await steps.athrow(error) == ("search", error)
    assert name() is None
    await steps.aclose()
    assert (said, name()) == (["search"], None)


def test_a_generator_that_its_function_took_a_step_of_can_be_sent_something_at_once():
    @feature("search")
    def started():
        steps = pages()
        next(steps)
        return steps

    steps = started()
    assert steps.send("first") == ("search", "first")
    with pytest.raises(ValueError, match="odd"):
        started().throw(ValueError("odd"))
    assert name() is None


def test_a_generator_that_is_kept_by_another_is_returned_as_it_is():
    class Feed:
        def __init__(self):
            self.steps = pages()

        @feature("search")
        def read(self):
            return self.steps

    feed = Feed()
    for _ in feed.read():
        break
    assert feed.read() is feed.steps
    assert next(feed.read()) == (None, None)


def test_a_generator_that_is_awaited_can_be_awaited():
    @types.coroutine
    def asked():
        yield
        return name()

    async def both():
        return await feature("search")(asked)(), await feature("search")(lambda: asked())()  # noqa: PLW0108

    assert asyncio.run(both()) == ("search", "search")


@pytest.mark.parametrize("how", [list, lambda steps: steps.close(), lambda steps: None])
def test_a_task_that_returned_a_generator_finishes_once_however_that_ends(how):
    @task("crawl")
    def crawl():
        return ((current().task.name, name()) for _ in range(2))

    with tracing() as traced:
        steps = crawl()
        assert not traced.spans
        how(steps)
        del steps
        gc.collect()
        assert [span.name for span in traced.spans] == ["task crawl"]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_task_whose_coroutine_nobody_awaits_finishes():
    with tracing() as traced:
        task("ask")(lambda: ask())()  # noqa: PLW0108
        gc.collect()
        assert [span.name for span in traced.spans] == ["task ask"]
