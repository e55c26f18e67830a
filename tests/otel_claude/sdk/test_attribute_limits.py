"""What OpenTelemetry's limits on the attributes of a span leave of a call."""

from __future__ import annotations

import logging

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from otel_claude import attributes as names
from tests.otel_claude.sdk.in_memory import API, ASK


@pytest.fixture
def called(monkeypatch):
    """The attributes of a call under limits, and its cost in the metrics."""
    monkeypatch.setattr(logging.getLogger("opentelemetry.attributes"), "disabled", True)

    def called(stream, **limits):
        exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
        provider = TracerProvider(span_limits=SpanLimits(**limits))
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        otel_claude.instrument(
            tracer_provider=provider, meter_provider=MeterProvider([reader]), summary=False
        )
        try:
            with otel_claude.feature("a feature with a long name"):
                answer = API().client().messages.create(stream=stream, **ASK)
                if stream:
                    list(answer)
        finally:
            otel_claude.uninstrument()
        (span,) = exporter.get_finished_spans()
        scopes = reader.get_metrics_data().resource_metrics[0].scope_metrics
        (cost,) = (
            metric.data.data_points[0].value
            for scope in scopes
            for metric in scope.metrics
            if metric.name == names.METRIC_COST
        )
        return span.attributes, cost

    return called


@pytest.mark.parametrize("stream", [False, True])
def test_under_a_limit_of_their_number_the_cost_outlasts_the_feature(called, stream):
    whole, cost = called(stream)
    assert names.FEATURE in whole
    found, limited = called(stream, max_span_attributes=24)
    assert names.FEATURE not in found
    assert found[names.COST_AMOUNT] == whole[names.COST_AMOUNT] == cost == limited


def test_under_a_limit_of_their_length_texts_are_cut_and_numbers_are_not(called):
    found, _ = called(False, max_span_attribute_length=9)
    assert found[names.FEATURE] == "a feature"
    assert found[names.COST_AMOUNT] > 0
