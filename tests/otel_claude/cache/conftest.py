"""A client of a simulated Claude whose clock stands, with audits that go by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from anthropic import Anthropic
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from benchmarks.cache_reasons import START, Setting, Workers
from otel_claude import instrumentation
from otel_claude.simulator import Clock, Simulator

MARK = {"type": "ephemeral"}
PREFIX = "otel_claude.cache."


def block(text: str, tokens: int = 1500, mark: Any = None) -> dict[str, Any]:
    """A text block of about so many tokens."""
    words = f"{text} " * (tokens * 4 // (len(text) + 1))
    return {"type": "text", "text": words, **({"cache_control": mark} if mark else {})}


@dataclass
class Desk:
    """Makes calls, and says what their spans say of the cache."""

    simulator: Simulator
    workers: Workers
    exporter: InMemorySpanExporter
    client: Anthropic

    def ask(self, *, worker: int = 0, site: str = "app.py", client: Anthropic | None = None, **body: Any):
        self.simulator.clock.advance(0.5)
        self.workers.worker, self.workers.site = worker, site
        plain = {
            "model": "claude-sonnet-5-5",
            "max_tokens": 9,
            "messages": [{"role": "user", "content": "Hello."}],
        }
        message = (client or self.client).messages.create(**{**plain, **body})
        return message, self.said()

    def said(self) -> dict[str, Any]:
        attributes = self.exporter.get_finished_spans()[-1].attributes
        return {name[len(PREFIX) :]: value for name, value in attributes.items() if name.startswith(PREFIX)}

    def why(self, **asked: Any) -> tuple[str, str | None, str | None]:
        """Status, reason and place of a call."""
        said = self.ask(**asked)[1]
        return said["status"], said.get("miss_reason"), said.get("changed_at")


@pytest.fixture
def desk(monkeypatch):
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    clock = Clock(START)
    workers = Workers(Setting("two", 2, know_of_each_other=False), clock)
    monkeypatch.setattr(instrumentation, "_audits", lambda **_: (workers,))
    with Simulator(clock=clock) as simulator:
        otel_claude.instrument(tracer_provider=provider, summary=False)
        with Anthropic(base_url=simulator.url, api_key="one", max_retries=0) as client:
            yield Desk(simulator, workers, exporter, client)
        otel_claude.uninstrument()
