"""Blocks in generators that wait at a `yield` while others enter and leave blocks of their own."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import pytest
from opentelemetry import context

from otel_claude.attribution import blocks, current, feature, in_context, tag, task
from otel_claude.attribution.blocks import Attribution, attached
from tests.otel_claude.sdk.in_memory import tracing


def name():
    found = current()
    return None if found is None else found.feature


def pages(said, of="crawler"):
    with feature(of):
        for _ in range(3):
            said.append(name())
            yield


def test_a_consumer_that_enters_and_leaves_a_block_at_each_step_takes_none_from_the_generator():
    said, outside = [], []
    for _ in pages(said):
        with task("classify"):
            outside.append(name())
    assert (said, outside, name()) == (["crawler"] * 3, [None] * 3, None)


async def test_nor_does_an_asynchronous_one():
    said, outside = [], []

    async def pages():
        with feature("crawler"):
            for _ in range(3):
                said.append(name())
                yield

    async for _ in pages():
        with feature("ui"):
            outside.append(name())
    assert (said, outside, name()) == (["crawler"] * 3, ["ui"] * 3, None)


def test_generators_that_take_turns_each_have_their_own():
    one, other = [], []
    for _ in zip(pages(one, "one"), pages(other, "other"), strict=True):
        assert name() is None
    assert (one, other, name()) == (["one"] * 3, ["other"] * 3, None)


@pytest.fixture
def none_before(monkeypatch):
    """No generator is in a block yet."""
    monkeypatch.setattr(blocks, "_of_generators", {})


@contextlib.contextmanager
def telemetry(of):
    with feature(of):
        yield


def test_a_manager_of_the_users_own_holds_for_the_generator_that_enters_it():
    said = []

    def pages():
        with telemetry("own"):
            said.append(name())
            yield
            said.append(name())
            yield

    with telemetry("consumer"):
        waiting = pages()
        next(waiting)
        assert name() == "consumer"
    assert name() is None
    next(waiting)
    assert said == ["own", "own"]
    assert name() is None
    waiting.close()
    assert name() is None


async def test_an_asynchronous_manager_of_the_users_own_leaves_nothing_behind():
    @contextlib.asynccontextmanager
    async def telemetry():
        with feature("own"):
            yield

    async def pages():
        async with telemetry():
            yield name()

    async for said in pages():
        assert (said, name()) == ("own", None)
        break
    assert name() is None


async def test_generators_that_are_given_up_do_not_pile_up():
    async def pages():
        with feature("crawler"):
            yield

    kept = []
    for _ in range(500):
        kept.append(pages())
        await anext(kept[-1])
    with feature("ui"):
        depth, each = 0, current()
        while each is not None:
            depth, each = depth + 1, each.outer
    assert depth < 200
    for each in kept:
        await each.aclose()


def elsewhere(function, *arguments):
    """What `function` returns in a copy of the context, which is then gone."""
    return contextvars.copy_context().run(function, *arguments)


def test_a_generator_keeps_its_block_where_each_step_runs_in_a_thread_and_a_context_of_its_own():
    said = []
    with ThreadPoolExecutor(2) as pool:
        steps = pages(said)
        while pool.submit(contextvars.copy_context().run, next, steps, "end").result() != "end":
            assert name() is None
    assert said == ["crawler"] * 3


async def test_an_asynchronous_generator_keeps_it_where_each_step_is_a_task():
    async def pages():
        with feature("crawler"), tag(tenant="acme"):
            for _ in range(3):
                await asyncio.sleep(0)
                yield name(), current().tags

    steps = pages()
    said = [await asyncio.create_task(anext(steps)) for _ in range(3)]
    assert said == [("crawler", {"tenant": "acme"})] * 3
    assert name() is None
    await steps.aclose()


def test_a_block_that_the_consumer_enters_meanwhile_is_not_the_generators():
    said = []
    waiting = pages(said)
    next(waiting)
    with feature("ui"):
        next(waiting)
        assert name() == "ui"
    next(waiting)
    assert said == ["crawler"] * 3


def test_the_innermost_of_a_generators_own_blocks_counts_in_each_step():
    def rerank():
        with feature("rerank"):
            return name()

    def pages():
        with feature("crawler"):
            yield name(), rerank()
            with feature("detail"):
                yield name(), rerank()
                yield name(), in_context(name)()
            yield name(), rerank()

    waiting = pages()
    said = [elsewhere(next, waiting) for _ in range(4)]
    assert said == [("crawler", "rerank"), ("detail", "rerank"), ("detail", "detail"), ("crawler", "rerank")]


def test_a_decorated_generators_own_block_counts_in_each_step():
    @task("answer")
    @feature("chat")
    def pages():
        with feature("crawler"):
            for _ in range(3):
                yield name(), current().task.name

    assert list(pages()) == [("crawler", "answer")] * 3


def test_a_context_that_comes_as_a_whole_is_the_consumers_or_what_the_step_is_made_in():
    def pages(there):
        with feature("crawler"):
            yield name()
            yield name()
            before = context.get_current()
            context.attach(there)
            yield name()
            context.attach(before)

    of_request = attached(Attribution("request"))
    steps = pages(attached(Attribution("job")))
    said = []
    for _ in range(3):
        context_of_step = contextvars.copy_context()
        context_of_step.run(context.attach, of_request)
        said.append(context_of_step.run(next, steps))
    assert said == ["crawler", "crawler", "job"]
    steps.close()


def test_a_task_of_a_generator_is_finished_once_in_whatever_context_that_ends():
    def pages():
        with telemetry_of_task("crawl"):
            yield
            yield

    with tracing() as traced:
        for is_closed in (False, True):
            waiting = pages()
            elsewhere(next, waiting)
            elsewhere(type(waiting).close if is_closed else list, waiting)
    assert [span.name for span in traced.spans] == ["task crawl"] * 2


@contextlib.contextmanager
def telemetry_of_task(of):
    with task(of):
        yield


def test_nothing_is_kept_of_generators_that_are_over(none_before):
    said = []
    for ends in (list, lambda waiting: waiting.close(), lambda waiting: None):
        waiting = pages(said)
        elsewhere(next, waiting)
        ends(waiting)
        del waiting
    gc.collect()
    assert not blocks._of_generators


@pytest.mark.skipif(sys.version_info < (3, 11), reason="its frame refers to it")
def test_a_generator_that_only_itself_refers_to_is_collected(none_before):
    class Feed:
        def __init__(self):
            self.steps = self.read()

        def read(self):
            with feature("crawler"):
                yield self

    elsewhere(next, Feed().steps)
    gc.collect()
    assert not blocks._of_generators


def test_of_generators_that_nobody_closes_so_many_are_kept(monkeypatch, none_before):
    monkeypatch.setattr(blocks, "_MOST_GENERATORS", 10)
    said = []
    waiting = [pages(said) for _ in range(30)]
    for each in waiting:
        next(each)
    assert len(blocks._of_generators) == 10
    for each in waiting:
        each.close()
    assert (blocks._of_generators, name()) == ({}, None)


@pytest.mark.parametrize("what", [type("Agent", (), {}), property(name), cached_property(name), "f"])
def test_what_is_no_function_is_not_decorated(what):
    with pytest.raises(TypeError, match="decorates functions and methods"):
        feature("search")(what)
