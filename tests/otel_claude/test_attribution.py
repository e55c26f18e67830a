from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from otel_claude.attribution import current, feature, tag
from otel_claude.attribution.labels import naming


def name() -> str | None:
    attribution = current()
    return None if attribution is None else attribution.feature


def test_a_block_names_the_feature_and_takes_it_back():
    assert name() is None
    with feature("search"):
        assert name() == "search"
    assert name() is None


def test_the_innermost_of_nested_blocks_counts():
    with feature("search"):
        with feature("rerank"):
            assert name() == "rerank"
        assert name() == "search"


def test_a_block_left_by_an_exception_takes_its_feature_back():
    with contextlib.suppress(KeyError), feature("search"):
        raise KeyError
    assert name() is None


def test_a_decorated_function_runs_in_the_feature():
    @feature("search")
    def search(query: str) -> tuple[str, str | None]:
        return query, name()

    assert search("x") == ("x", "search")
    assert name() is None
    assert search.__name__ == "search"


def test_a_static_or_class_method_can_be_decorated_before_it_is_one():
    class Index:
        @feature("search")
        @staticmethod
        def static(query: str) -> tuple[str, str | None]:
            return query, name()

        @feature("search")
        @classmethod
        def of_class(cls, query: str) -> tuple[type, str, str | None]:
            return cls, query, name()

    assert Index.static("x") == Index().static("x") == ("x", "search")
    assert Index.of_class("x") == Index().of_class("x") == (Index, "x", "search")


async def test_a_decorated_coroutine_function_stays_one_and_runs_in_the_feature():
    @feature("search")
    async def search() -> str | None:
        await asyncio.sleep(0)
        return name()

    assert inspect.iscoroutinefunction(search)
    assert await search() == "search"
    assert name() is None


def test_each_step_of_a_decorated_generator_runs_in_the_feature_and_its_consumer_does_not():
    @feature("stream")
    def steps():
        sent = yield name()
        try:
            yield sent, name()
        except ValueError:
            yield "thrown", name()
        return "end"

    assert inspect.isgeneratorfunction(steps)
    generator = steps()
    assert next(generator) == "stream"
    assert name() is None
    assert generator.send("hello") == ("hello", "stream")
    assert generator.throw(ValueError) == ("thrown", "stream")
    assert name() is None
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == "end"


async def test_each_step_of_a_decorated_async_generator_runs_in_the_feature_and_its_consumer_does_not():
    @feature("stream")
    async def steps():
        sent = yield name()
        try:
            yield sent, name()
        except ValueError:
            yield "thrown", name()

    assert inspect.isasyncgenfunction(steps)
    generator = steps()
    assert await anext(generator) == "stream"
    assert name() is None
    assert await generator.asend("hello") == ("hello", "stream")
    assert await generator.athrow(ValueError) == ("thrown", "stream")
    assert name() is None
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


async def test_breaking_out_of_a_decorated_async_generator_closes_the_users_own():
    closed = []

    @feature("stream")
    async def steps():
        try:
            while True:
                yield name()
        finally:
            closed.append(name())

    generator = steps()
    async for _ in generator:
        break
    await generator.aclose()
    assert closed == ["stream"]


async def test_a_block_around_a_yield_does_not_leak_into_a_consumer_that_breaks_out(caplog):
    async def steps():
        with feature("stream"):
            yield name()
            yield name()

    with caplog.at_level(logging.DEBUG):
        async for seen in steps():
            assert seen == "stream"
            assert name() is None
            break
        assert name() is None
        with feature("after"):
            assert name() == "after"
        assert name() is None
        await asyncio.sleep(0.01)
    assert not [record for record in caplog.records if "opentelemetry" in record.name]


def test_a_block_around_a_yield_of_a_context_manager_holds_for_its_body():
    @contextlib.contextmanager
    def searching():
        with feature("search"):
            yield

    with searching():
        assert name() == "search"
    assert name() is None


async def test_tasks_that_a_generators_block_starts_have_its_feature():
    async def child() -> str | None:
        await asyncio.sleep(0)
        return name()

    async def steps():
        with feature("stream"):
            yield await asyncio.gather(child(), asyncio.create_task(child()), asyncio.to_thread(name))

    async for seen in steps():
        assert seen == ["stream", "stream", "stream"]


async def test_tasks_and_threads_that_a_generators_consumer_starts_do_not_have_its_feature():
    async def child() -> str | None:
        return name()

    async def steps():
        with feature("stream"):
            yield 1
            yield 2

    def synchronous():
        with feature("stream"):
            yield 1

    async def children() -> list[str | None]:
        return await asyncio.gather(child(), asyncio.create_task(child()), asyncio.to_thread(name))

    async for _ in steps():
        assert await children() == [None] * 3
        break
    assert await children() == [None] * 3
    for _ in synchronous():
        assert await children() == [None] * 3
    with feature("after"):
        async for _ in steps():
            assert await children() == ["after"] * 3


async def test_what_generators_inside_one_another_start_has_the_feature_of_the_innermost_block():
    async def inner():
        with feature("inner"):
            yield await asyncio.gather(asyncio.to_thread(name))

    async def outer():
        with feature("outer"):
            async for found in inner():
                yield found, await asyncio.gather(asyncio.to_thread(name))

    assert await anext(outer()) == (["inner"], ["outer"])


def test_a_thread_that_a_generator_waits_for_has_its_feature():
    def steps(pool):
        with feature("stream"):
            yield pool.submit(contextvars.copy_context().run, name).result()

    with ThreadPoolExecutor(1) as pool:
        for found in steps(pool):
            assert found == "stream"
            assert pool.submit(contextvars.copy_context().run, name).result() is None


async def test_gathered_coroutines_keep_their_features_apart():
    async def one(which: str) -> str | None:
        with feature(which):
            await asyncio.sleep(0.001)
            return name()

    names = [f"feature-{number}" for number in range(20)]
    assert await asyncio.gather(*(one(which) for which in names)) == names


def test_one_object_serves_many_threads_at_once():
    shared = feature("search")
    barrier = threading.Barrier(8)

    def enter() -> str | None:
        with shared:
            barrier.wait(5)
            return name()

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(enter) for _ in range(8)]
        assert [future.result() for future in futures] == ["search"] * 8
    assert name() is None


@pytest.mark.parametrize(
    ("wrong", "error"), [("", ValueError), ("  ", ValueError), (3, TypeError), (None, TypeError)]
)
def test_a_feature_without_a_name_is_refused(wrong, error):
    with pytest.raises(error, match="feature"):
        feature(wrong)


def tags() -> dict[str, object]:
    attribution = current()
    return {} if attribution is None else dict(attribution.tags)


def test_tags_add_up_and_the_innermost_of_a_name_counts():
    with tag(tenant="acme", tier=1), feature("search"):
        with tag(tier=2, beta=True):
            assert (name(), tags()) == ("search", {"tenant": "acme", "tier": 2, "beta": True})
        assert (name(), tags()) == ("search", {"tenant": "acme", "tier": 1})
    assert (name(), tags()) == (None, {})


def test_a_decorated_function_runs_with_its_tags():
    @tag(tenant="acme")
    def search() -> dict[str, object]:
        return tags()

    assert search() == {"tenant": "acme"}
    assert tags() == {}


@pytest.mark.parametrize("wrong", [{}, {"tenant": None}, {"tenant": ["acme"]}])
def test_a_tag_that_no_attribute_can_hold_is_refused(wrong):
    with pytest.raises(TypeError, match="tag"):
        tag(**wrong)


def test_the_same_block_nested_in_itself_is_taken_back_once_each():
    search = feature("search")
    with search:
        with search:
            assert name() == "search"
        assert name() == "search"
    assert name() is None


def test_features_around_the_innermost_are_kept_as_a_tag():
    with feature("support"):
        assert tags() == {}
        with feature("answer"), tag(tier=1), feature("rerank"):
            assert (name(), tags()) == ("rerank", {"tier": 1, "feature.outer": "support > answer"})
        assert tags() == {}


def test_features_that_enter_one_another_again_and_again_do_not_grow():
    def a(depth: int) -> dict[str, object]:
        with feature("a"):
            return b(depth - 1)

    def b(depth: int) -> dict[str, object]:
        with feature("b"):
            return tags() if depth <= 0 else a(depth)

    with feature("outermost"):
        assert a(9) == {"feature.outer": "outermost > a"}
    with feature("a"), feature("a"):
        assert tags() == {}


def test_a_feature_that_is_named_late_is_named_when_it_is_asked_for():
    found: list[str | None] = [None]
    with feature("app"), naming(lambda: found[0]), tag(tenant="acme"):
        assert (name(), tags()) == ("app", {"tenant": "acme"})
        found[0] = "GET /tickets/{id}"
        assert (name(), tags()) == ("GET /tickets/{id}", {"tenant": "acme", "feature.outer": "app"})
        with feature("answer"):
            assert tags() == {"tenant": "acme", "feature.outer": "app > GET /tickets/{id}"}


def test_a_name_that_cannot_be_found_is_none():
    with naming(lambda: {}["route"]):
        assert name() is None
