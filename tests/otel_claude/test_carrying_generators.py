"""What a generator attaches whose steps run in a carried context, and what is kept once a generator is gone."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref

import pytest
from opentelemetry import context

from otel_claude.attribution import blocks, current, feature, in_context


class Payload:
    """A local of some size."""


def said():
    found = current()
    return None if found is None else found.feature


def test_a_block_around_a_yield_of_a_carried_generator_does_not_stay_with_its_consumer():
    def reply():
        with feature("draft"):
            yield said()
            yield said()

    with feature("request A"):
        body = in_context(reply)()
    before = context.get_current()
    assert next(body) == "draft"
    assert context.get_current() is before
    assert list(body) == ["draft"]
    assert context.get_current() is before
    assert current() is None
    with feature("request B"):
        assert current().span_attributes() == {"otel_claude.feature": "request B"}


def test_nor_does_one_of_a_carried_async_generator():
    async def reply():
        with feature("draft"):
            yield said()
            yield said()

    async def consume():
        with feature("request A"):
            body = in_context(reply)()
        found = [(one, said()) async for one in body]
        return found, said()

    assert asyncio.run(consume()) == ([("draft", None)] * 2, None)


def test_a_carried_coroutine_that_is_closed_in_its_block_leaves_nothing():
    async def wait():
        with feature("draft"):
            await Paused()

    class Paused:
        def __await__(self):
            yield

    with feature("request A"):
        waiting = in_context(wait)()
    before = context.get_current()
    waiting.send(None)
    waiting.close()
    context.attach(before)
    assert said() is None


def test_the_locals_of_a_generator_that_was_read_to_its_end_are_gone():
    alive = []

    async def reply(tasks):
        payload = Payload()
        alive.append(weakref.ref(payload))
        with feature("draft"):
            # The task has a copy of the context, with what the generator attached in it.
            tasks.append(asyncio.create_task(asyncio.sleep(60)))
            yield 1

    async def consume():
        tasks = []
        for _ in range(20):
            async for _ in reply(tasks):
                pass
        gc.collect()
        left = sum(one() is not None for one in alive)
        for task in tasks:
            task.cancel()
        return left

    assert asyncio.run(consume()) == 0


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="a frame does not tell there that its generator is gone"
)
def test_generators_that_their_loop_never_closed_are_not_kept_for_good():
    alive = []

    async def reply():
        payload = Payload()
        alive.append(weakref.ref(payload))
        with feature("draft"):
            yield 1
            yield 2

    async def begin():
        await anext(reply())

    for _ in range(4 * blocks._SWEPT_AFTER):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(begin())
        loop.close()
    gc.collect()
    assert sum(one() is not None for one in alive) <= 2 * blocks._SWEPT_AFTER
