"""What a traced call leaves behind, and what of it is billed."""

from __future__ import annotations

import gc
import weakref

import anthropic
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from otel_claude.simulator import Simulator

ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Say something."}],
}


@pytest.fixture(scope="module")
def sim():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def reader():
    return InMemoryMetricReader()


@pytest.fixture
def traced(exporter, reader):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    otel_claude.instrument(tracer_provider=provider, meter_provider=MeterProvider([reader]), summary=False)
    yield
    otel_claude.uninstrument()


@pytest.fixture
def no_collector():
    """What is not freed by the count of its references stays."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _read_in_part(client):
    stream = client.messages.create(**ASK, stream=True)
    next(iter(stream))
    return weakref.ref(stream.response)


def _read_to_the_end(client):
    stream = client.messages.create(**ASK, stream=True)
    list(stream)
    return weakref.ref(stream.response)


def _read_as_bytes(client):
    with client.messages.with_streaming_response.create(**ASK) as response:
        list(response.iter_bytes())
        return weakref.ref(response.http_response)


def _raw(client):
    response = client.messages.with_raw_response.create(**ASK, stream=True)
    next(iter(response.parse()))
    return weakref.ref(response.http_response)


@pytest.fixture
def is_gone_without_us(sim, spans, shape, no_collector):
    """Whether the response is gone when it is dropped, before we are there: Python 3.10 keeps some in a cycle."""
    return shape(_client(sim, spans))() is None


def _client(sim, spans):
    return anthropic.Anthropic(base_url=sim.url, api_key="any", open_telemetry=None if spans else False)


@pytest.mark.parametrize("spans", [True, False])
@pytest.mark.parametrize("shape", [_read_in_part, _read_to_the_end, _read_as_bytes, _raw])
def test_a_response_that_the_application_drops_is_gone_as_without_us_and_its_span_ended(
    sim, is_gone_without_us, traced, exporter, shape, spans
):
    # A response in a cycle would keep its body and its connection until the next collection.
    assert (shape(_client(sim, spans))() is None) == is_gone_without_us
    if not is_gone_without_us:
        gc.collect()
    (span,) = exporter.get_finished_spans()
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["otel_claude.cost.status"] in {"exact", "estimated"}


def _sum(reader, name):
    data = reader.get_metrics_data()
    return sum(
        point.value
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
    )


@pytest.mark.parametrize("spans", [True, False])
def test_an_answer_that_a_middleware_kept_is_not_billed_again(sim, traced, exporter, reader, spans):
    options = {"base_url": sim.url, "api_key": "any", "open_telemetry": None if spans else False}
    kept = anthropic.Anthropic(**options).messages.create(**ASK)
    client = anthropic.Anthropic(**options, middleware=[lambda request, call_next: kept])
    assert client.messages.create(**ASK) is kept
    asked, answered = exporter.get_finished_spans()
    usd = asked.attributes["gen_ai.usage.cost.amount"]
    assert usd > 0
    assert answered.attributes["gen_ai.usage.cost.amount"] == 0
    assert answered.attributes["otel_claude.cost.status"] == "exact"
    assert _sum(reader, "gen_ai.client.operation.cost") == usd
    assert _sum(reader, "otel_claude.tokens") == kept.usage.input_tokens + kept.usage.output_tokens


def test_an_answer_that_a_middleware_changed_is_billed(sim, traced, exporter):
    def shout(request, call_next):
        return call_next(request).parse()

    client = anthropic.Anthropic(base_url=sim.url, api_key="any", middleware=[shout])
    client.messages.create(**ASK)
    (span,) = exporter.get_finished_spans()
    assert span.attributes["gen_ai.usage.cost.amount"] > 0
