"""Where attribution goes that OpenTelemetry's context does not: executors, threads, processes."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import pickle
import threading
import types
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import anthropic
import httpx2
import pytest
from opentelemetry import context, trace

import otel_claude
from otel_claude.attribution import current
from tests.otel_claude.sdk.in_memory import API, ASK, tracing


def said():
    found = current()
    if found is None:
        return None
    return found.feature, dict(found.tags), found.task and (found.task.name, found.task.id)


def trace_id():
    return trace.get_current_span().get_span_context().trace_id


async def said_later():
    await asyncio.sleep(0)
    return said()


def test_an_executor_runs_a_function_in_the_context_that_it_was_taken_from():
    with ThreadPoolExecutor(1) as pool:
        with otel_claude.feature("search"), otel_claude.tag(tier=1), otel_claude.task("rank") as run:
            carried, bare = otel_claude.in_context(said), said
            expected = ("search", {"tier": 1}, ("rank", run.id))
            assert pool.submit(carried).result() == expected
            assert list(pool.map(otel_claude.in_context(lambda _: said()), range(2))) == [expected] * 2
            assert pool.submit(bare).result() is None
        assert pool.submit(carried).result() == expected
        assert pool.submit(said).result() is None


def test_a_thread_runs_a_function_in_the_context_that_it_was_taken_from():
    found = []
    with otel_claude.feature("search"):
        thread = threading.Thread(target=otel_claude.in_context(lambda: found.append(said())))
    thread.start()
    thread.join()
    assert found == [("search", {}, None)]


def test_what_a_function_is_and_raises_stays_the_same():
    def search(query):
        """Searches."""
        raise KeyError(query)

    with otel_claude.feature("search"):
        carried = otel_claude.in_context(search)
    assert (carried.__name__, carried.__doc__) == ("search", "Searches.")
    before = context.get_current()
    with pytest.raises(KeyError, match="lamp"):
        carried("lamp")
    assert context.get_current() is before


def test_a_generator_runs_in_it_step_by_step_and_its_consumer_does_not():
    def steps(first):
        got = yield first, said()
        try:
            yield got, said()
        finally:
            closed.append(said())

    closed = []
    with otel_claude.feature("search"):
        carried = otel_claude.in_context(steps)
    with otel_claude.feature("consumer"):
        running = carried(1)
        assert isinstance(running, types.GeneratorType)
        assert next(running) == (1, ("search", {}, None))
        assert said() == ("consumer", {}, None)
        assert running.send(2) == (2, ("search", {}, None))
        running.close()
        assert closed == [("search", {}, None)]
        assert said() == ("consumer", {}, None)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(list, carried(1)).result() == [
            (1, ("search", {}, None)),
            (None, ("search", {}, None)),
        ]


async def test_an_async_generator_runs_in_it_step_by_step_and_its_consumer_does_not():
    async def steps():
        for number in range(3):
            await asyncio.sleep(0)
            yield number, said()

    with otel_claude.feature("search"):
        carried = otel_claude.in_context(steps)
    before = context.get_current()
    found = []
    async for number, where in carried():
        found.append((number, where, said()))
        if number:
            break
    assert found == [(number, ("search", {}, None), None) for number in range(2)]
    assert context.get_current() is before


async def test_a_coroutine_function_runs_in_it_where_it_is_awaited():
    with otel_claude.feature("search"):
        carried = otel_claude.in_context(said_later)
    assert await carried() == ("search", {}, None)
    assert await asyncio.gather(carried(), said_later()) == [("search", {}, None), None]
    assert said() is None


@types.coroutine
def never():
    yield


def test_a_coroutine_that_is_never_finished_can_be_closed_anywhere(caplog):
    async def work():
        await never()

    with otel_claude.feature("index"):
        begun = otel_claude.in_context(work)()
    contextvars.copy_context().run(begun.send, None)
    with otel_claude.feature("other"):
        begun.close()
        assert said() == ("other", {}, None)
    assert said() is None
    assert not caplog.records


async def test_a_call_that_is_never_finished_can_be_closed_anywhere():
    api = API()

    async def answer(request):
        if api.requests:
            await never()
        return api(request)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    with tracing() as traced:
        client = anthropic.AsyncAnthropic(api_key="k", max_retries=0, http_client=http)
        await client.messages.create(**ASK)
        begun = client.messages.create(**ASK)
        contextvars.copy_context().run(begun.send, None)
        begun.close()
    assert len(traced.spans) == 2


def test_what_a_generator_holds_is_taken_along_after_it_is_left():
    def steps():
        with otel_claude.feature("stream"):
            yield otel_claude.in_context(said)

    for carried in steps():
        assert carried() == ("stream", {}, None)
        assert said() is None


def work(_):
    return said(), trace_id()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_of_processes_gets_the_names_and_the_trace_as_data(method):
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool, tracing() as traced:
        assert pool.submit(work, 1).result(60) == (
            None,
            0,
        )  # a child that is forked inside a block stays in it
        tracer = traced.provider.get_tracer("app")
        with (
            tracer.start_as_current_span("job"),
            otel_claude.feature("index"),
            otel_claude.task("embed") as run,
        ):
            (found, trace_there) = pool.submit(otel_claude.in_context(work), 1).result(60)
            assert found == ("index", {}, ("embed", run.id))
            assert trace_there == trace_id() != 0
        assert pool.submit(work, 1).result(60) == (None, 0)


def test_pickled_it_holds_no_more_than_data():
    with otel_claude.feature("index"), otel_claude.tag(tier="gold"):
        text = pickle.dumps(otel_claude.in_context(work))
    assert pickle.loads(text)(1)[0] == ("index", {"tier": "gold"}, None)


async def test_every_way_to_run_a_call_has_its_feature_and_nobody_elses(caplog):
    """Executors, gathered coroutines, threads and generators, some left in the middle, all at once."""
    api = API()
    client, asynchronous = api.client(), api.async_client()

    def expect(feature):
        return {"metadata": {"user_id": feature}}

    async def gathered(feature):
        with otel_claude.feature(feature):
            await asyncio.sleep(0)
            await asynchronous.messages.create(**ASK, **expect(feature))

    async def left(feature):
        with otel_claude.feature(feature):
            while True:
                yield await asynchronous.messages.create(**ASK, **expect(feature))

    @otel_claude.feature("decorated")
    async def decorated():
        while True:
            yield await asynchronous.messages.create(**ASK, **expect("decorated"))

    def generator(feature):
        with otel_claude.feature(feature):
            yield client.messages.create(**ASK, **expect(feature))
            yield client.messages.create(**ASK, **expect(feature))

    async def consume(number):
        async for _ in left(f"left-{number}"):
            await asynchronous.messages.create(**ASK, **expect("none"))
            break
        async for _ in decorated():
            break
        await asynchronous.messages.create(**ASK, **expect("none"))

    caplog.set_level(logging.DEBUG, "opentelemetry")
    caplog.set_level(logging.DEBUG, "asyncio")
    with tracing() as traced, ThreadPoolExecutor(4) as pool:
        futures = []
        for number in range(5):
            with otel_claude.feature(f"pool-{number}"):
                ask = otel_claude.in_context(client.messages.create)
            futures.append(pool.submit(ask, **ASK, **expect(f"pool-{number}")))
            next(generator(f"generator-{number}"))
            client.messages.create(**ASK, **expect("none"))
        await asyncio.gather(*(gathered(f"gather-{number}") for number in range(5)), *map(consume, range(5)))
        for future in futures:
            future.result()
        await asynchronous.messages.create(**ASK, **expect("none"))
        with otel_claude.feature("thread"):
            await asyncio.to_thread(client.messages.create, **ASK, **expect("thread"))
    by_feature = {}
    for span in traced.spans:
        name = span.attributes.get("otel_claude.feature", "none")
        by_feature[name] = by_feature.get(name, 0) + 1
    sent = [json_of(request)["metadata"]["user_id"] for request in api.requests]
    assert by_feature == {name: sent.count(name) for name in sent}
    assert by_feature["none"] == 5 + 10 + 1
    assert said() is None
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


def json_of(request):
    return json.loads(request.content)


def test_a_child_that_is_forked_in_a_task_makes_calls_of_it_and_does_not_finish_it():
    with tracing() as traced:
        with otel_claude.task("fan-out") as run:
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                run.finish(None)
                os.write(write, json.dumps([len(traced.spans), current().span_attributes()]).encode())
                os._exit(0)
            os.waitpid(child, 0)
        finished, said_there = json.loads(os.read(read, 10_000))
        assert len(traced.spans) == 1
    assert finished == 0
    assert said_there == {
        "otel_claude.task.name": "fan-out",
        "otel_claude.task.id": run.id,
        "otel_claude.task.remote": True,
    }
