"""What a call comes to is worked out when somebody asks, from what it was when the call settled."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import weakref
from io import StringIO

import pytest
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from otel_claude import attributes as names
from otel_claude import backlog, task, task_metrics
from otel_claude.first_use import first_use
from otel_claude.sdk import call as calls
from tests.otel_claude.sdk.in_memory import API, ASK, USAGE, tracing

COST = (12 * 2.0 + 7 * 0.1 + 3 * 10.0) / 1e6
TOOL = {"name": "search", "description": "Finds.", "input_schema": {"type": "object"}}


def costs(traced):
    return [point.value for point in traced.points(names.METRIC_COST)]


@pytest.fixture
def priced(monkeypatch):
    """The threads that priced a call."""
    threads = []
    price = calls.price

    def counting(*args, **kwargs):
        threads.append(threading.current_thread())
        return price(*args, **kwargs)

    monkeypatch.setattr(calls, "price", counting)
    return threads


def test_a_call_is_priced_once_by_who_reads_it_first_its_span_or_the_metrics(priced):
    with tracing() as traced:
        client = API().client()
        client.messages.create(**ASK)
        assert not priced
        assert traced.spans[0].attributes[names.COST_AMOUNT] == pytest.approx(COST)
        assert costs(traced) == pytest.approx([COST])
        assert len(priced) == 1
        client.messages.create(**ASK)
        assert costs(traced) == pytest.approx([2 * COST])
        assert traced.spans[1].attributes[names.COST_AMOUNT] == pytest.approx(COST)
        assert len(priced) == 2


def test_a_batch_of_spans_is_priced_in_the_thread_that_exports_it(priced):
    written = StringIO()
    with tracing() as traced:
        traced.provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter(out=written)))
        API().client().messages.create(**ASK)
        list(API().client().messages.create(stream=True, **ASK))
        assert not priced
        traced.provider.shutdown()
    assert written.getvalue().count(names.COST_AMOUNT) == 2
    assert len(priced) == 2


def test_a_call_that_is_not_sampled_is_priced_as_the_metrics_are_collected(priced):
    with tracing(sampler=ALWAYS_OFF) as traced:
        API().client().messages.create(**ASK)
        assert not priced
        assert costs(traced) == pytest.approx([COST])
        assert not traced.spans


def test_calls_that_nobody_collects_are_worked_out_a_few_at_a_time(priced, monkeypatch):
    monkeypatch.setattr(backlog, "BOUND", 8)
    monkeypatch.setattr(backlog, "SHARE", 2)
    with tracing(sampler=ALWAYS_OFF) as traced:
        client = API().client()
        worked_out = []
        for _ in range(13):
            client.messages.create(**ASK)
            worked_out.append(len(priced))
        assert worked_out == [0] * 7 + [2, 2, 4, 4, 6, 6]
        assert costs(traced) == pytest.approx([13 * COST])


def test_what_the_application_does_to_an_answer_changes_neither_cost_nor_waste():
    usage = {**USAGE, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}
    used = [{"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}}]
    with tracing() as traced:
        tools = [dict(TOOL), {**TOOL, "name": "other"}]
        ask = {**ASK, "tools": tools, "messages": [dict(ASK["messages"][0])]}
        answer = API(usage, content=used).client().messages.create(**ask)
        answer.usage.input_tokens = 10**6
        answer.usage.cache_creation.ephemeral_1h_input_tokens = 10**6
        answer.usage.service_tier = "priority"
        answer.model = "claude-opus-5-5"
        answer.content.clear()
        tools.clear()
        ask["messages"][0]["content"] = "x" * 1000
        (span,) = traced.spans
    assert span.attributes[names.COST_AMOUNT] == pytest.approx(COST)
    assert span.attributes[names.COST_STATUS] == "exact"
    assert span.attributes[names.TOOLS_CALLED] == ("search",)
    assert span.attributes[names.TOOLS_UNCALLED] == ("other",)
    assert 0 < span.attributes[names.INPUT_TOOLS_SHARE] < 1


@pytest.mark.parametrize("streams", [False, True])
def test_nothing_of_the_applications_is_kept_for_it(streams):
    with tracing() as traced:
        client = API().client()
        answer = client.messages.create(stream=streams, **ASK)
        if streams:
            first, *_ = answer
            answer = first.message
            del first, _
        gone = [weakref.ref(client), weakref.ref(answer), weakref.ref(answer.usage)]
        del client, answer
        gc.collect()
        assert [ref() for ref in gone] == [None] * 3
        assert traced.spans[0].attributes[names.COST_AMOUNT] == pytest.approx(COST)


def test_the_span_of_a_stream_shows_what_the_sdk_sets_while_it_is_read():
    seen = []

    class Sees(SpanProcessor):
        def on_start(self, span, parent_context=None):
            self.span = span

    with tracing() as traced:
        sees = Sees()
        traced.provider.add_span_processor(sees)
        for event in API().client().messages.create(stream=True, **ASK):
            seen.append((event.type, names.TIME_TO_FIRST_CHUNK in sees.span.attributes))
    assert dict(seen)["content_block_delta"]
    assert not dict(seen)["content_block_start"]


def test_a_span_that_is_read_after_uninstrument_has_its_cost():
    with tracing() as traced:
        API().client().messages.create(**ASK)
    assert traced.spans[0].attributes[names.COST_AMOUNT] == pytest.approx(COST)


def test_a_stream_that_was_cut_short_says_so_when_it_is_read():
    with tracing() as traced:
        stream = API(events=3).client().messages.create(stream=True, **ASK)
        list(stream)
        (span,) = traced.spans
    assert span.attributes[names.COST_REASON] == "stream_cut_short"


def test_what_fails_when_the_span_is_read_costs_only_what_failed(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    with tracing() as traced:
        monkeypatch.setattr(calls, "price", fail)
        API().client().messages.create(**ASK)
        (span,) = traced.spans
        assert span.attributes[names.OUTPUT_TOKENS] == 3
        assert span.attributes[names.CACHE_STATUS] == "read"
        assert costs(traced) == []


def test_a_body_that_the_application_read_itself_is_not_kept():
    tracemalloc.start()
    try:
        with tracing(sampler=ALWAYS_OFF):
            client = API(content=[{"type": "text", "text": "word " * 20_000}]).client()
            before = 0
            for number in range(20):
                with client.messages.with_streaming_response.create(**ASK) as response:
                    response.read()
                del response
                if number == 4:
                    gc.collect()
                    before = tracemalloc.get_traced_memory()[0]
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        tracemalloc.stop()


def test_an_answer_that_says_nothing_of_its_output_is_no_answer_to_what_it_needed():
    with tracing() as traced:
        client = API({"input_tokens": 12}).client()
        for _ in range(2):
            client.messages.create(**ASK, tools=[TOOL])
        said = traced.spans[1].attributes
    assert said[names.TOOLS_DECLARED] == 1
    assert names.REQUEST_REPEAT not in said
    assert names.TOOLS_UNCALLED not in said


class Stands:
    """For a message, as the objects of some frameworks do."""

    def __init__(self, answer):
        self._answer = answer

    @property
    def usage(self):
        return self._answer.usage

    def __getattr__(self, name):
        return getattr(self.__dict__["_answer"], name)


def test_an_object_that_stands_for_a_message_is_priced():
    with tracing() as traced:
        client = API().client(middleware=[lambda request, send: Stands(send(request).parse())])
        client.messages.create(**ASK)
        assert traced.spans[0].attributes[names.COST_AMOUNT] == pytest.approx(COST)


def test_an_answer_that_a_middleware_kept_is_in_the_series_of_those_that_were_sent():
    with tracing() as traced:
        kept = API().client().messages.create(**ASK)
        API().client(middleware=[lambda request, send: kept]).messages.create(**ASK)
        (point,) = traced.points(names.METRIC_DURATION)
    assert point.count == 2


def test_a_collection_that_has_to_import_prices_does_not_wait_for_a_task_that_waits_for_it(monkeypatch):
    collecting, making = threading.Event(), threading.Event()
    price, make = calls.price, task_metrics._Instruments._make

    def pricing(*args, **kwargs):
        collecting.set()
        making.wait(10)
        with first_use:  # as the first call to a model does that is not in the table
            return price(*args, **kwargs)

    def made(instruments, meter):
        making.set()
        make(instruments, meter)

    def first_task():
        collecting.wait(10)
        with task("first"):
            pass

    with tracing(sampler=ALWAYS_OFF) as traced:
        monkeypatch.setattr(task_metrics._Instruments, "_make", made)
        API().client().messages.create(**ASK)
        monkeypatch.setattr(calls, "price", pricing)
        threads = [
            threading.Thread(target=first_task, daemon=True),
            threading.Thread(target=traced.points, args=(names.METRIC_COST,), daemon=True),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert making.is_set()
        assert not any(thread.is_alive() for thread in threads)
