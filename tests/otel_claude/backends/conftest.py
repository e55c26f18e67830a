"""Spans of real calls on the simulated API, as the instrumentation wrote them to a store."""

from __future__ import annotations

from contextlib import suppress

import anthropic
import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

import otel_claude
from otel_claude.simulator import Simulator
from otel_claude.store.writer import LineExporter, WriteThroughProcessor


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """A folder with the spans of seven calls by two features: cache writes and reads, errors, and a tag."""
    folder = tmp_path_factory.mktemp("store")
    provider = TracerProvider(resource=Resource.create({"service.name": "support"}))
    provider.add_span_processor(WriteThroughProcessor(LineExporter(folder)))
    otel_claude.instrument(tracer_provider=provider, summary=False)
    try:
        with Simulator() as sim:
            call(anthropic.Anthropic(api_key="k", base_url=sim.url, max_retries=0))
    finally:
        otel_claude.uninstrument()
        provider.shutdown()
    return folder


def call(client):
    hello = [{"role": "user", "content": "hello, Claude!"}]
    system = [
        {"type": "text", "text": "handbook. " * 1000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    ]
    with otel_claude.feature("support"), otel_claude.tag(tenant="007", vip=True):
        for _ in range(3):
            client.messages.create(model="claude-sonnet-5-5", max_tokens=64, system=system, messages=hello)
    with otel_claude.feature("triage"):
        list(client.messages.create(model="claude-haiku-5-5", max_tokens=64, messages=hello, stream=True))
        with suppress(anthropic.APIStatusError):
            client.messages.create(
                model="claude-haiku-5-5",
                max_tokens=64,
                messages=hello,
                extra_headers={"x-simulate": "error=529"},
            )
    client.messages.create(model="claude-next-9", max_tokens=64, messages=hello)
    client.messages.count_tokens(model="claude-haiku-5-5", messages=hello)
