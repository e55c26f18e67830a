"""Blocks in generators that wait at a `yield` while others enter and leave blocks of their own."""

from __future__ import annotations

import contextlib
from functools import cached_property

import pytest

from otel_claude.attribution import current, feature, task


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


@pytest.mark.parametrize("what", [type("Agent", (), {}), property(name), cached_property(name), "f"])
def test_what_is_no_function_is_not_decorated(what):
    with pytest.raises(TypeError, match="decorates functions and methods"):
        feature("search")(what)
