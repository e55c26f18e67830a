"""What reading the results of a batch comes to: the span, the metrics, and what a report makes of several readings."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import subprocess
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anthropic
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import otel_claude
from otel_claude.report.calls import calls
from otel_claude.sdk.batches import MOST_BATCHES, Batches
from otel_claude.simulator import Clock, Simulator
from otel_claude.store.reader import CLIENT, Span
from tests.environments import sdk_overlay

MODEL = "claude-sonnet-5-5"
PARAMS = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Say something."}]}
ONE = 0.000124
"""4 prompt tokens and 24 output tokens on Sonnet 5.5, at half of $2 and $10."""


class Traced:
    def __init__(self, sampler=None):
        self.exporter = InMemorySpanExporter()
        self.tracer_provider = TracerProvider(sampler=sampler)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meter_provider = MeterProvider([self.reader])

    def instrument(self):
        otel_claude.instrument(
            tracer_provider=self.tracer_provider, meter_provider=self.meter_provider, summary=False
        )

    def readings(self):
        found = self.exporter.get_finished_spans()
        return [span for span in found if span.name == "anthropic.messages.batches.results"]

    def metric(self, name, **dimensions):
        """The sum of the series of the metric that have the dimensions."""
        data = self.reader.get_metrics_data()
        return sum(
            point.value
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
            if dimensions.items() <= dict(point.attributes).items()
        )


@pytest.fixture
def traced():
    one = Traced()
    one.instrument()
    yield one
    otel_claude.uninstrument()


@pytest.fixture
def sim():
    with Simulator(clock=Clock(datetime(2026, 11, 20, 9, tzinfo=timezone.utc))) as simulator:
        yield simulator


@pytest.fixture
def client(sim):
    with anthropic.Anthropic(base_url=sim.url, api_key="any", max_retries=0) as one:
        yield one


def submitted(client, count=3, **params):
    """The id of a batch that has ended."""
    requests = [{"custom_id": f"r{number}", "params": {**PARAMS, **params}} for number in range(count)]
    batch = client.messages.batches.create(requests=requests)
    assert client.messages.batches.retrieve(batch.id).processing_status == "ended"
    return batch.id


def outcomes(span):
    kinds = ("succeeded", "errored", "canceled", "expired")
    return tuple(span.attributes[f"otel_claude.batch.requests.{kind}"] for kind in kinds)


def test_a_reading_counts_the_results_by_outcome(traced, sim, client):
    sim.script(["", "error=400", "outcome=expired", "outcome=canceled", ""])
    batch_id = submitted(client, 6)
    assert len(list(client.messages.batches.results(batch_id))) == 6
    (span,) = traced.readings()
    assert outcomes(span) == (3, 1, 1, 1)
    assert span.attributes["anthropic.message.batch.id"] == batch_id
    assert span.attributes["otel_claude.batch.complete"] is True
    assert span.attributes["otel_claude.batch.repeated"] is False
    assert span.attributes["otel_claude.batch.model"] == MODEL
    assert span.status.status_code.name == "OK"


def test_a_reading_is_priced_by_what_succeeded_at_half_the_price(traced, client):
    list(client.messages.batches.results(submitted(client, 3)))
    found = traced.readings()[0].attributes
    assert found["otel_claude.batch.cost.amount"] == pytest.approx(3 * ONE)
    assert found["otel_claude.batch.cost.status"] == "exact"
    assert "otel_claude.batch.cost.reason" not in found
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "server_tools")
    parts = sum(found[f"otel_claude.batch.cost.{kind}"] for kind in kinds)
    assert parts == pytest.approx(found["otel_claude.batch.cost.amount"], abs=1e-15)
    assert found["otel_claude.batch.tokens.input"] == 12
    assert found["otel_claude.batch.tokens.output"] == 72


def test_a_reading_has_no_cost_of_an_inference_call(traced, client):
    """A sum over the cost of inference calls is not to count a batch, whose results can be read again."""
    list(client.messages.batches.results(submitted(client)))
    assert not [name for name in traced.readings()[0].attributes if name.startswith("gen_ai.usage.")]


def test_the_last_result_is_counted_though_the_body_ends_before_it(traced, client):
    """The HTTP library passes the last bytes of a body on after it has ended."""
    batch_id = submitted(client, 1)
    results = client.messages.batches.results(batch_id)
    assert next(results).custom_id == "r0"
    assert not traced.readings()
    with pytest.raises(StopIteration):
        next(results)
    assert outcomes(traced.readings()[0]) == (1, 0, 0, 0)


def test_nothing_succeeded_and_nothing_is_paid(traced, sim, client):
    sim.script(["error=400", "outcome=expired"])
    list(client.messages.batches.results(submitted(client, 2)))
    found = traced.readings()[0].attributes
    assert found["otel_claude.batch.cost.amount"] == 0
    assert found["otel_claude.batch.cost.status"] == "exact"


def test_an_unknown_model_is_left_out_of_the_amount_and_said(traced, sim, client):
    requests = [
        {"custom_id": "known", "params": PARAMS},
        {"custom_id": "unknown", "params": {**PARAMS, "model": "claude-nobody-9"}},
    ]
    batch = client.messages.batches.create(requests=requests)
    client.messages.batches.retrieve(batch.id)
    list(client.messages.batches.results(batch.id))
    found = traced.readings()[0].attributes
    assert found["otel_claude.batch.cost.amount"] == pytest.approx(ONE)
    assert found["otel_claude.batch.cost.status"] == "estimated"
    assert found["otel_claude.batch.cost.reason"] == "unknown_model"
    assert found["otel_claude.batch.requests.unpriced"] == 1
    assert "otel_claude.batch.model" not in found


def test_a_batch_of_unknown_models_is_unpriced_and_not_free(traced, client):
    list(client.messages.batches.results(submitted(client, model="claude-nobody-9")))
    found = traced.readings()[0].attributes
    assert found["otel_claude.batch.cost.status"] == "unpriced"
    assert "otel_claude.batch.cost.amount" not in found


class TestAReadingThatIsLeft:
    def check(self, span, succeeded):
        assert outcomes(span) == (succeeded, 0, 0, 0)
        assert span.attributes["otel_claude.batch.complete"] is False
        assert span.status.status_code.name == "UNSET"

    def test_by_break(self, traced, client):
        for _ in client.messages.batches.results(submitted(client)):
            break
        gc.collect()
        (span,) = traced.readings()
        self.check(span, 1)
        assert span.attributes["otel_claude.batch.cost.amount"] == pytest.approx(ONE)
        assert span.attributes["otel_claude.batch.cost.status"] == "estimated"
        assert span.attributes["otel_claude.batch.cost.reason"] == "usage_incomplete"

    def test_by_close(self, traced, client):
        results = client.messages.batches.results(submitted(client))
        next(results)
        next(results)
        results.close()
        self.check(traced.readings()[0], 2)

    def test_by_dropping_it_unread_without_a_garbage_collection(self, traced, client):
        batch_id = submitted(client)
        gc.disable()
        try:
            client.messages.batches.results(batch_id)
            (span,) = traced.readings()
        finally:
            gc.enable()
        self.check(span, 0)
        assert span.attributes["otel_claude.batch.cost.status"] == "unpriced"
        assert span.attributes["otel_claude.batch.cost.reason"] == "body_not_read"


class TestOtherWaysToRead:
    def test_as_lines_of_text(self, traced, client):
        batch_id = submitted(client)
        with client.messages.batches.with_streaming_response.results(batch_id) as response:
            assert len(list(response.iter_lines())) == 3
        (span,) = traced.readings()
        assert outcomes(span) == (3, 0, 0, 0)
        assert span.attributes["otel_claude.batch.complete"] is True

    def test_as_lines_of_text_left_early(self, traced, client):
        batch_id = submitted(client)
        with client.messages.batches.with_streaming_response.results(batch_id) as response:
            next(response.iter_lines())
        assert traced.readings()[0].attributes["otel_claude.batch.complete"] is False

    def test_raw_and_parsed(self, traced, client):
        batch_id = submitted(client)
        assert len(list(client.messages.batches.with_raw_response.results(batch_id).parse())) == 3
        assert outcomes(traced.readings()[0]) == (3, 0, 0, 0)

    def test_by_the_generic_method(self, traced, client):
        batch_id = submitted(client)
        text = client.get(f"/v1/messages/batches/{batch_id}/results", cast_to=str)
        assert len(text.splitlines()) == 3
        assert outcomes(traced.readings()[0]) == (3, 0, 0, 0)

    def test_beta(self, traced, client):
        batch_id = submitted(client)
        assert len(list(client.beta.messages.batches.results(batch_id))) == 3
        assert outcomes(traced.readings()[0]) == (3, 0, 0, 0)

    def test_async(self, traced, sim, client):
        batch_id = submitted(client)

        async def read():
            async with anthropic.AsyncAnthropic(base_url=sim.url, api_key="any") as asynchronous:
                results = await asynchronous.messages.batches.results(batch_id)
                return [result.custom_id async for result in results]

        assert asyncio.run(read()) == ["r0", "r1", "r2"]
        assert outcomes(traced.readings()[0]) == (3, 0, 0, 0)

    def test_async_and_broken_off(self, traced, sim, client):
        batch_id = submitted(client)

        async def read():
            async with anthropic.AsyncAnthropic(base_url=sim.url, api_key="any") as asynchronous:
                async for _ in await asynchronous.messages.batches.results(batch_id):
                    break

        asyncio.run(read())
        gc.collect()
        assert outcomes(traced.readings()[0]) == (1, 0, 0, 0)
        assert traced.readings()[0].attributes["otel_claude.batch.complete"] is False


def test_results_that_there_are_not_are_an_error_without_totals(traced, sim, client):
    with pytest.raises(anthropic.NotFoundError):
        client.get("/v1/messages/batches/msgbatch_nobody/results", cast_to=str)
    (span,) = traced.readings()
    assert span.status.status_code.name == "ERROR"
    assert span.attributes["error.type"] == "not_found_error"
    assert not [name for name in span.attributes if name.startswith("otel_claude.batch.")]


class TestTheFeature:
    def test_is_that_which_submitted_the_batch(self, traced, client):
        with otel_claude.feature("digest"):
            batch_id = submitted(client)
        with otel_claude.feature("poller"):
            list(client.messages.batches.results(batch_id))
        assert traced.readings()[0].attributes["otel_claude.feature"] == "digest"
        assert traced.metric("gen_ai.client.operation.cost", **{"otel_claude.feature": "digest"}) > 0

    def test_is_that_which_reads_where_the_batch_is_from_elsewhere(self, traced, client):
        otel_claude.uninstrument()
        batch_id = submitted(client)
        traced.instrument()
        with otel_claude.feature("nightly"):
            list(client.messages.batches.results(batch_id))
        assert traced.readings()[0].attributes["otel_claude.feature"] == "nightly"

    def test_is_known_from_a_raw_submission(self, traced, client):
        with otel_claude.feature("digest"):
            raw = client.messages.batches.with_raw_response.create(
                requests=[{"custom_id": "r", "params": PARAMS}]
            )
        batch_id = raw.parse().id
        client.messages.batches.retrieve(batch_id)
        list(client.messages.batches.results(batch_id))
        assert traced.readings()[0].attributes["otel_claude.feature"] == "digest"

    def test_the_call_site_is_where_the_results_are_read(self, traced, client):
        list(client.messages.batches.results(submitted(client)))
        assert traced.readings()[0].attributes["code.file.path"] == "tests/otel_claude/sdk/test_batches.py"


class TestReadAgain:
    def test_is_said_and_is_in_the_metrics_once(self, traced, client):
        batch_id = submitted(client)
        for _ in range(3):
            list(client.messages.batches.results(batch_id))
        said = [span.attributes["otel_claude.batch.repeated"] for span in traced.readings()]
        assert said == [False, True, True]
        assert traced.metric("gen_ai.client.operation.cost") == pytest.approx(3 * ONE)
        assert traced.metric("otel_claude.tokens", kind="output") == 72

    def test_adds_what_an_earlier_reading_left(self, traced, client):
        batch_id = submitted(client)
        for _ in client.messages.batches.results(batch_id):
            break
        gc.collect()
        assert traced.metric("gen_ai.client.operation.cost") == pytest.approx(ONE)
        list(client.messages.batches.results(batch_id))
        assert traced.metric("gen_ai.client.operation.cost") == pytest.approx(3 * ONE)

    def test_at_the_same_time_counts_each_result_once(self, traced, client):
        batch_id = submitted(client, 5)
        one, other = (client.messages.batches.results(batch_id) for _ in range(2))
        next(one)
        next(other)
        next(other)
        list(one)
        list(other)
        assert traced.metric("gen_ai.client.operation.cost") == pytest.approx(5 * ONE)


def test_metrics_have_the_tier_and_the_model_also_of_an_unsampled_reading(sim, client):
    traced = Traced(ALWAYS_OFF)
    traced.instrument()
    try:
        list(client.messages.batches.results(submitted(client)))
    finally:
        otel_claude.uninstrument()
    dimensions = {"anthropic.response.service_tier": "batch", "gen_ai.response.model": MODEL}
    assert traced.metric("gen_ai.client.operation.cost", **dimensions) == pytest.approx(3 * ONE)
    assert not traced.readings()


def test_a_client_without_spans_of_the_sdk_has_one_of_the_same_name(traced, sim):
    with anthropic.Anthropic(base_url=sim.url, api_key="any", open_telemetry=False) as client:
        list(client.messages.batches.results(submitted(client)))
    (span,) = traced.readings()
    assert outcomes(span) == (3, 0, 0, 0)
    assert span.instrumentation_scope.name == "com.anthropic.sdk.python"
    assert span.attributes["http.route"] == "/v1/messages/batches/{message_batch_id}/results"


def test_a_reading_that_outlives_the_instrumentation_ends(traced, client):
    results = client.messages.batches.results(submitted(client))
    otel_claude.uninstrument()
    assert len(list(results)) == 3
    assert outcomes(traced.readings()[0]) == (3, 0, 0, 0)


def test_the_price_is_that_of_the_day_on_which_the_batch_was_submitted(traced):
    """Until 2026-04-30 a prompt of Sonnet 4 over 200,000 tokens cost $6 a million, and half of that in a batch."""
    batch = {
        "id": "msgbatch_1",
        "type": "message_batch",
        "processing_status": "ended",
        "created_at": "2026-01-15T12:00:00Z",
        "request_counts": {},
    }
    results = [
        result("msg_1", model="claude-sonnet-4-20250514", usage={"input_tokens": 300_000, "output_tokens": 0})
    ]
    with Served(batch, results) as client:
        list(client.messages.batches.results("msgbatch_1"))
    assert traced.readings()[0].attributes["otel_claude.batch.cost.amount"] == pytest.approx(0.9)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_odd_lines_and_encodings_do_no_harm(traced, encoding):
    """A result of a type that is not known, one without usage, and text with a line separator inside."""
    results = [
        result("msg_1", text="one\u2028two\x85three"),
        {"custom_id": "later", "result": {"type": "postponed"}},
        {"custom_id": "empty", "result": {"type": "succeeded", "message": {"id": "msg_2", "model": MODEL}}},
        {"custom_id": "none"},
    ]
    batch = {"id": "msgbatch_1", "type": "message_batch", "processing_status": "ended", "created_at": None}
    with Served(batch, results, encoding) as client:
        assert len(list(client.messages.batches.results("msgbatch_1"))) == 4
        with client.messages.batches.with_streaming_response.results("msgbatch_1") as response:
            assert b"".join(response.iter_bytes()).count(b"\n") == 4
    for span in traced.readings():
        assert outcomes(span) == (2, 0, 0, 0)
        assert span.attributes["otel_claude.batch.requests.unpriced"] == 1
        assert span.attributes["otel_claude.batch.cost.amount"] == pytest.approx((4 * 2 + 24 * 10) / 2e6)
    assert len(traced.readings()) == 2


def test_a_broken_line_is_the_applications_error_and_the_results_before_it_count(traced):
    batch = {"id": "msgbatch_1", "type": "message_batch", "processing_status": "ended", "created_at": None}
    with Served(batch, [result("msg_1"), "{"]) as client, pytest.raises(ValueError, match="Expecting"):
        list(client.messages.batches.results("msgbatch_1"))
    (span,) = traced.readings()
    assert span.status.status_code.name == "ERROR"
    assert outcomes(span) == (1, 0, 0, 0)
    assert span.attributes["otel_claude.batch.complete"] is False


def test_only_so_many_batches_are_remembered_and_the_latest():
    batches = Batches()
    for number in range(MOST_BATCHES + 10):
        batches.of(f"msgbatch_{number}").results_counted = 1
    assert batches.of("msgbatch_0").results_counted == 0
    assert batches.of(f"msgbatch_{MOST_BATCHES + 9}").results_counted == 1


class TestAReport:
    def test_counts_a_batch_once_however_often_it_was_read(self, traced, client):
        with otel_claude.feature("digest"):
            batch_id = submitted(client)
        for _ in range(2):
            list(client.messages.batches.results(batch_id))
        (call,) = calls(stored(traced.readings()))
        assert call.cost_usd == pytest.approx(3 * ONE)
        assert (call.cost_status, call.feature, call.model) == ("exact", "digest", MODEL)
        assert (call.usage.input_tokens, call.usage.output_tokens) == (12, 72)
        assert call.batch_requests == 3
        assert call.at.timestamp() == pytest.approx(traced.readings()[1].start_time / 1e9)

    @pytest.mark.parametrize("is_reversed", [False, True])
    def test_takes_the_reading_that_says_most(self, traced, client, is_reversed):
        batch_id = submitted(client)
        list(client.messages.batches.results(batch_id))
        client.messages.batches.results(batch_id).close()
        readings = stored(traced.readings())
        (call,) = calls(readings[::-1] if is_reversed else readings)
        assert call.cost_usd == pytest.approx(3 * ONE)

    def test_takes_a_lower_bound_where_no_reading_is_complete(self, traced, client):
        batch_id = submitted(client)
        for taken in (2, 1):
            results = client.messages.batches.results(batch_id)
            for _ in range(taken):
                next(results)
            results.close()
        (call,) = calls(stored(traced.readings()))
        assert call.cost_usd == pytest.approx(2 * ONE)
        assert (call.cost_status, call.cost_reason) == ("estimated", "usage_incomplete")

    def test_adds_batches_to_inference_calls(self, traced, client):
        client.messages.create(**PARAMS)
        list(client.messages.batches.results(submitted(client)))
        list(client.messages.batches.results(submitted(client)))
        found = sorted(call.cost_usd for call in calls(stored(traced.exporter.get_finished_spans())))
        assert found == pytest.approx([2 * ONE, 3 * ONE, 3 * ONE])

    def test_passes_over_readings_that_the_sdk_alone_recorded(self, traced, client):
        otel_claude.uninstrument()
        provider = {"tracer_provider": traced.tracer_provider}
        list(client.with_options(open_telemetry=provider).messages.batches.results(submitted(client)))
        assert traced.readings()
        assert not list(calls(stored(traced.readings())))


@pytest.mark.matrix
@pytest.mark.parametrize("version", ["0.40.0", "0.75.0", "1.0.0", "1.13.0", "1.14.0", "2.0.0"])
def test_every_version_of_the_sdk_comes_to_the_same(version):
    with Simulator() as sim:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**sdk_overlay(version), "SIM": sim.url},
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    whole, left = json.loads(done.stdout)
    assert whole["otel_claude.batch.cost.amount"] == pytest.approx(2 * ONE)
    assert whole["otel_claude.batch.requests.expired"] == 1
    assert whole["otel_claude.batch.complete"] is True
    assert whole["otel_claude.feature"] == "digest"
    assert whole["status"] == "OK"
    assert left["otel_claude.batch.requests.succeeded"] == 1
    assert left["otel_claude.batch.complete"] is False
    assert left["status"] == "UNSET"
    own = {"otel_claude", "code", "anthropic", "gen_ai", "http", "server", "status", "url"}
    assert {name.partition(".")[0] for name in whole} == own
    assert whole["http.request.method"] == "GET"
    assert whole["gen_ai.provider.name"] == "anthropic"
    assert whole["http.response.status_code"] == 200
    assert whole["url.path"].endswith("/results")
    assert whole["anthropic.request.id"]


PROGRAM = """
import gc, json, os
import anthropic, otel_claude
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
otel_claude.instrument(tracer_provider=provider, summary=False)
client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"], max_retries=0)
batches = client.beta.messages.batches
params = {"model": "claude-sonnet-5-5", "max_tokens": 99, "messages": [{"role": "user", "content": "Say something."}]}
client.post("/_simulator/script", cast_to=object, body={"script": ["", "outcome=expired"]})
with otel_claude.feature("digest"):
    batch = batches.create(requests=[{"custom_id": f"r{number}", "params": params} for number in range(3)])
batches.retrieve(batch.id)
assert [result.result.type for result in batches.results(batch.id)] == ["succeeded", "expired", "succeeded"]
for result in batches.results(batch.id):
    break
gc.collect()
spans = [span for span in exporter.get_finished_spans() if span.name == "anthropic.messages.batches.results"]
print(json.dumps([{**span.attributes, "status": span.status.status_code.name} for span in spans]))
"""


def stored(spans):
    """The spans as the store gives them back."""
    return [
        Span(
            trace_id=f"{span.context.trace_id:032x}",
            span_id=f"{span.context.span_id:016x}",
            parent_span_id="",
            name=span.name,
            kind=CLIENT,
            scope=span.instrumentation_scope.name,
            start_ns=span.start_time,
            end_ns=span.end_time,
            status_code=span.status.status_code.value,
            attributes=span.attributes,
            resource={},
        )
        for span in spans
    ]


def result(message_id, *, model=MODEL, usage=None, text="Hello"):
    message = {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": usage or {"input_tokens": 4, "output_tokens": 24, "service_tier": "batch"},
    }
    return {"custom_id": message_id, "result": {"type": "succeeded", "message": message}}


class Served:
    """A client of an endpoint that has one batch, whose results are these, or lines of text."""

    def __init__(self, batch, results, encoding="identity"):
        lines = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in results)
        body = "".join(f"{line}\n" for line in lines).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                is_batch = not self.path.endswith("/results")
                url = f"http://{self.headers['host']}/v1/messages/batches/{batch['id']}/results"
                content = json.dumps({**batch, "results_url": url}).encode() if is_batch else body
                self.send_response(200)
                self.send_header("content-type", "application/json" if is_batch else "application/binary")
                if encoding == "gzip" and not is_batch:
                    content = gzip.compress(content)
                    self.send_header("content-encoding", "gzip")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        host, port = self.server.server_address
        return anthropic.Anthropic(base_url=f"http://{host}:{port}", api_key="any", max_retries=0)

    def __exit__(self, *exc_info):
        self.server.shutdown()
        self.server.server_close()
