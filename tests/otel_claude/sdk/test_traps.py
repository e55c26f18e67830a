"""What instrumentations of this SDK get wrong: who asked, when a span ends, and what leaves the process."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import anthropic
import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode

from otel_claude import feature
from tests.otel_claude.sdk.in_memory import API, ASK, tracing


@pytest.fixture(params=[{}, {"open_telemetry": False}], ids=["enriched", "emitted"])
def options(request):
    """The options of a client whose spans the SDK makes, and of one whose spans we make."""
    return request.param


@pytest.fixture
def traced():
    with tracing() as traced:
        yield traced


def features(traced):
    return [span.attributes.get("otel_claude.feature") for span in traced.spans]


def test_a_stream_that_is_read_after_the_block_ended_keeps_its_feature(traced, options):
    client = API().client(**options)
    with feature("search"):
        stream = client.messages.create(stream=True, **ASK)
    with feature("another"):
        list(stream)
    assert features(traced) == ["search"]
    (point,) = traced.points("gen_ai.client.operation.cost")
    assert point.attributes["otel_claude.feature"] == "search"


def test_a_stream_that_another_thread_reads_keeps_its_feature(traced, options):
    client = API().client(**options)
    with feature("search"):
        stream = client.messages.create(stream=True, **ASK)
    thread = threading.Thread(target=list, args=(stream,))
    thread.start()
    thread.join()
    assert features(traced) == ["search"]


def test_a_helper_that_is_entered_after_the_block_has_the_feature_of_where_it_is_entered(traced, options):
    client = API().client(**options)
    with feature("made here"):
        manager = client.messages.stream(**ASK)
    with feature("sent here"), manager as stream:
        stream.until_done()
    assert features(traced) == ["sent here"]


def test_a_thread_has_the_feature_only_where_its_context_is_that_of_the_block(traced, options):
    client = API().client(**options)
    with feature("search"), ThreadPoolExecutor(1) as pool:
        pool.submit(client.messages.create, **ASK).result()
        pool.submit(contextvars.copy_context().run, lambda: client.messages.create(**ASK)).result()
    assert features(traced) == [None, "search"]


async def test_to_thread_and_tasks_have_the_feature_of_the_block(traced, options):
    client, asynchronous = API().client(**options), API().async_client(**options)
    with feature("search"):
        await asyncio.to_thread(client.messages.create, **ASK)
        await asyncio.create_task(asynchronous.messages.create(**ASK))
    assert features(traced) == ["search", "search"]


async def test_a_task_that_outlives_the_block_keeps_its_feature(traced, options):
    asynchronous = API().async_client(**options)

    async def later():
        await may_call.wait()
        await asynchronous.messages.create(**ASK)

    may_call = asyncio.Event()
    with feature("search"):
        task = asyncio.create_task(later())
        await asyncio.sleep(0)
    with feature("another"):
        may_call.set()
        await task
    assert features(traced) == ["search"]


def test_a_consumer_that_leaves_a_generator_is_not_in_its_feature(traced, options):
    client = API().client(**options)

    def texts():
        with feature("inside"):
            client.messages.create(**ASK)
            yield 1
            yield 2

    generator = texts()
    next(generator)
    client.messages.create(**ASK)
    next(generator)
    client.messages.create(**ASK)
    assert features(traced) == ["inside", None, None]


def test_nothing_of_a_feature_is_sent_to_the_api(traced, options):
    api = API()
    with feature("a name of our own"):
        api.client(**options).messages.create(**ASK)
    (request,) = api.requests
    assert "baggage" not in request.headers
    assert "a name of our own" not in str(request.headers) + request.content.decode()


def test_what_is_sent_is_what_is_sent_without_us():
    def sent():
        api = API()
        api.client().messages.create(**ASK)
        (request,) = api.requests
        headers = {name: value for name, value in request.headers.items() if name != "traceparent"}
        return headers, request.content

    without = sent()
    with tracing():
        assert sent() == without


def test_a_closed_stream_ends_its_span_then_and_there(traced, options):
    stream = API(size=100).client(**options).messages.create(stream=True, **ASK)
    next(stream)
    assert not traced.spans
    stream.close()
    assert len(traced.spans) == 1


def test_a_body_that_the_application_leaves_ends_its_span_then_and_there(traced, options):
    client = API(size=100).client(**options)
    manager = client.messages.with_streaming_response.create(stream=True, **ASK)
    with manager as response:
        lines = response.iter_lines()
        next(lines)
        assert not traced.spans
    assert len(traced.spans) == 1


@pytest.mark.parametrize("reads", [0, 2])
async def test_an_async_stream_that_is_dropped_ends_its_span(traced, options, reads):
    stream = await API(size=100).async_client(**options).messages.create(stream=True, **ASK)
    for _ in range(reads):
        await stream.__anext__()
    assert not traced.spans
    del stream
    gc.collect()
    for _ in range(10):  # the event loop closes what read the stream, each in a task of its own
        await asyncio.sleep(0)
    assert len(traced.spans) == 1


def test_a_body_that_is_dropped_unread_ends_its_span_without_the_garbage_collector(traced, options):
    gc.disable()
    try:
        response = API().client(**options).messages.with_streaming_response.create(**ASK).__enter__()
        assert not traced.spans
        del response
        assert len(traced.spans) == 1
    finally:
        gc.enable()


def test_a_stream_that_ends_before_its_end_event_failed(traced, options):
    list(API(events=5).client(**options).messages.create(stream=True, **ASK))
    (span,) = traced.spans
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "api_error"
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.attributes["error.type"] == "api_error"


def test_an_unsampled_stream_is_counted_whole(options):
    with tracing(ALWAYS_OFF) as traced:
        list(API().client(**options).messages.create(stream=True, **ASK))
        assert not traced.spans
        tokens = {point.attributes["kind"]: point.value for point in traced.points("otel_claude.tokens")}
        assert tokens == {"input": 12, "cache_read": 7, "output": 3}


def test_a_stream_can_be_read_by_next(traced, options):
    stream = API().client(**options).messages.create(stream=True, **ASK)
    assert next(stream).type == "message_start"
    assert next(stream).type == "content_block_start"


def test_a_stream_can_be_entered_as_a_block(traced, options):
    with API().client(**options).messages.create(stream=True, **ASK) as stream:
        assert stream.response.status_code == 200
    assert len(traced.spans) == 1


def test_a_stream_is_a_stream_of_the_sdk(traced, options):
    assert isinstance(API().client(**options).messages.create(stream=True, **ASK), anthropic.Stream)


async def test_a_raw_response_is_left_to_the_application_to_parse(traced, options):
    raw = API().client(**options).messages.with_raw_response.create(**ASK)
    asynchronous = await API().async_client(**options).messages.with_raw_response.create(**ASK)
    assert [span.attributes["gen_ai.usage.output_tokens"] for span in traced.spans] == [3, 3]
    assert all(span.attributes["otel_claude.cost.status"] == "exact" for span in traced.spans)
    parsed = asynchronous.parse()
    assert (await parsed if asyncio.iscoroutine(parsed) else parsed).id == raw.parse().id


def test_a_helper_that_is_never_entered_is_no_call(traced, options):
    API().client(**options).messages.stream(**ASK)
    gc.collect()
    assert not traced.spans


def test_a_helper_that_is_refused_is_one_failed_call(traced, options):
    client = API().client(**options)
    with pytest.raises(anthropic.BadRequestError), client.messages.stream(**{**ASK, "max_tokens": 400}):
        pass
    (span,) = traced.spans
    assert span.status.status_code is StatusCode.ERROR
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.attributes["error.type"] == "invalid_request_error"


async def test_a_stream_that_is_cancelled_ends_its_span(traced, options):
    async def read():
        async for _ in (
            await API(size=100, stalls=True).async_client(**options).messages.create(**ASK, stream=True)
        ):
            has_begun.set()

    has_begun = asyncio.Event()
    task = asyncio.create_task(read())
    await has_begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(traced.spans) == 1
    tokens = {point.attributes["kind"]: point.value for point in traced.points("otel_claude.tokens")}
    assert tokens == {"input": 12, "cache_read": 7}


def test_a_stream_that_is_left_counts_no_output(traced, options):
    with API(size=100).client(**options).messages.create(stream=True, **ASK) as stream:
        next(stream)
    tokens = {point.attributes["kind"]: point.value for point in traced.points("otel_claude.tokens")}
    assert tokens == {"input": 12, "cache_read": 7}


async def test_a_coroutine_that_asyncio_runs_names_no_line_of_asyncio(traced, options):
    asynchronous = API().async_client(**options)
    await asyncio.gather(asynchronous.messages.create(**ASK))
    (span,) = traced.spans
    assert "code.file.path" not in span.attributes


async def test_a_coroutine_that_a_function_awaits_names_the_line_of_the_function(traced, options):
    asynchronous = API().async_client(**options)
    await asynchronous.messages.create(**ASK)
    (span,) = traced.spans
    assert span.attributes["code.file.path"].endswith("test_traps.py")
    assert span.attributes["code.function.name"].endswith("names_the_line_of_the_function")


def test_messages_that_can_be_read_once_are_left_to_the_sdk(traced, options):
    api = API()
    once = (each for each in ASK["messages"])
    api.client(**options).messages.create(**{**ASK, "messages": once})
    assert b"Say something." in api.requests[0].content
    assert len(traced.spans) == 1
