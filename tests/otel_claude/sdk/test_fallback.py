"""A version of the SDK in which a private name that we rely on is missing."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from otel_claude.sdk import private_names
from otel_claude.store.reader import read
from tests.otel_claude.sdk.in_memory import API, ASK, tracing


@pytest.fixture(autouse=True)
def missing(monkeypatch):
    names = (*private_names._HOOKED_FOR_SPANS, ("anthropic._tracing", "renamed"))
    monkeypatch.setattr(private_names, "_HOOKED_FOR_SPANS", names)


def ask():
    client = API().client()
    client.messages.create(**ASK)
    list(client.messages.create(stream=True, **ASK))


def test_without_a_provider_calls_are_kept_in_the_store_with_their_cost(tmp_path, monkeypatch):
    monkeypatch.setenv("OTEL_CLAUDE_STORE", str(tmp_path))
    otel_claude.instrument(summary=False)
    try:
        ask()
    finally:
        otel_claude.uninstrument()
    spans = list(read([tmp_path]))
    assert [span.attributes["otel_claude.cost.status"] for span in spans] == ["estimated"] * 2
    assert [span.attributes["otel_claude.cost.reason"] for span in spans] == ["private_names_missing"] * 2


def test_a_given_provider_gets_one_span_a_call():
    with tracing() as traced:
        ask()
    assert len(traced.spans) == 2


def test_beside_a_global_provider_there_is_the_sdks_span_and_no_other(monkeypatch):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    otel_claude.instrument(summary=False)
    try:
        ask()
    finally:
        otel_claude.uninstrument()
    assert len(exporter.get_finished_spans()) == 2
