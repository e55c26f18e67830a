"""The feature of calls that no block names one for, and tags as dimensions of metrics."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from otel_claude import attributes as names
from otel_claude.metrics import OVERFLOW, TAG_VALUES_LIMIT
from tests.otel_claude.sdk.in_memory import API, ASK, tracing


def features(traced):
    return [span.attributes.get(names.FEATURE) for span in traced.spans if span.name == names.INFERENCE_SPAN]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_CLAUDE_FEATURE", "worker"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop, otel_claude.feature=worker"),
        ("OTEL_RESOURCE_ATTRIBUTES", "otel_claude.feature=w%6Frker"),
    ],
)
def test_the_environment_names_the_feature_of_calls_that_have_none(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with tracing() as traced:
        client = API().client()
        client.messages.create(**ASK)
        with otel_claude.tag(tenant="acme"):
            client.messages.create(**ASK)
        with otel_claude.feature("search"):
            client.messages.create(**ASK)
        with otel_claude.task("classify"):
            pass
        assert features(traced) == ["worker", "worker", "search"]
        assert traced.spans[1].attributes["otel_claude.tag.tenant"] == "acme"
        assert "otel_claude.tag.feature.outer" not in traced.spans[2].attributes
        assert traced.spans[3].attributes[names.FEATURE] == "worker"
        assert {point.attributes[names.FEATURE] for point in traced.points(names.METRIC_COST)} == {
            "worker",
            "search",
        }


def test_the_variable_of_our_own_counts_before_the_resource(monkeypatch):
    monkeypatch.setenv("OTEL_CLAUDE_FEATURE", "worker")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "otel_claude.feature=shop")
    with tracing() as traced:
        API().client().messages.create(**ASK)
    assert features(traced) == ["worker"]


def test_the_resource_of_the_tracer_provider_names_it():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({names.FEATURE: "worker"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    otel_claude.instrument(tracer_provider=provider, meter_provider=MeterProvider(), summary=False)
    try:
        API().client().messages.create(**ASK)
    finally:
        otel_claude.uninstrument()
    assert exporter.get_finished_spans()[0].attributes[names.FEATURE] == "worker"


def test_named_tags_are_dimensions_of_metrics_and_others_are_not():
    with tracing(metric_tags=("tier", "tenant")) as traced:
        client = API().client()
        with otel_claude.tag(tier=2, secret="x"):
            client.messages.create(**ASK)
        client.messages.create(**ASK)
        for metric in (names.METRIC_COST, names.METRIC_TOKENS, names.METRIC_DURATION):
            seen = {
                tuple(
                    (name, value)
                    for name, value in point.attributes.items()
                    if name.startswith("otel_claude.tag")
                )
                for point in traced.points(metric)
            }
            assert seen == {(("otel_claude.tag.tier", "2"),), ()}


def test_a_tag_of_values_without_end_overflows_alone():
    with tracing(metric_tags=["request"]) as traced:
        client = API().client()
        for number in range(TAG_VALUES_LIMIT + 20):
            with otel_claude.feature("search"), otel_claude.tag(request=f"r-{number}"):
                client.messages.create(**ASK)
        points = traced.points(names.METRIC_DURATION)
    values = {point.attributes["otel_claude.tag.request"]: point.count for point in points}
    assert len(values) == TAG_VALUES_LIMIT + 1
    assert values[OVERFLOW] == 20
    assert {point.attributes[names.FEATURE] for point in points} == {"search"}


def test_one_name_alone_is_not_taken_for_its_letters():
    with tracing(metric_tags="tier") as traced:
        with otel_claude.tag(tier="gold", t="x"):
            API().client().messages.create(**ASK)
        (point,) = traced.points(names.METRIC_COST)
    assert point.attributes["otel_claude.tag.tier"] == "gold"
    assert "otel_claude.tag.t" not in point.attributes
