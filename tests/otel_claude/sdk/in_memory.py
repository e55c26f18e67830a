"""Clients whose calls are answered from memory, in pieces as from a socket, with an instrumented SDK."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager

import anthropic
import httpx2
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude

ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "Say something."}],
}
USAGE = {"input_tokens": 12, "output_tokens": 3, "cache_read_input_tokens": 7, "service_tier": "standard"}
REFUSED = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
REFUSED_MAX_TOKENS = 400
"""A request for so many tokens is refused with that status."""


WORD = ({"type": "text", "text": "word"},)


def message(usage=USAGE, content=WORD):
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "usage": usage,
        "stop_reason": "end_turn", "stop_sequence": None, "content": list(content),
    }  # fmt: skip


def events(usage=USAGE, count=6):
    """The first `count` of the 6 events of a stream, whose `message_start` has a placeholder for the output."""
    whole = message({**usage, "output_tokens": 1})
    items = [
        {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": usage["output_tokens"]},
        },
        {"type": "message_stop"},
    ]
    return "".join(f"event: {item['type']}\ndata: {json.dumps(item)}\n\n" for item in items[:count]).encode()


class Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that comes in pieces of so many bytes, and does not go on after half of them if it `stalls`."""

    def __init__(self, data, size, stalls=False):
        self._pieces = [data[at : at + size] for at in range(0, len(data), size)]
        self._stalls = stalls

    def __iter__(self):
        yield from self._pieces

    async def __aiter__(self):
        half = len(self._pieces) // 2
        for piece in self._pieces[:half]:
            yield piece
        if self._stalls:
            await asyncio.Event().wait()
        for piece in self._pieces[half:]:
            yield piece


class API:
    """Answers requests, and remembers them."""

    def __init__(self, usage=USAGE, size=400, events=6, stalls=False, content=WORD):
        """`content` is that of a whole message; a stream always has a word."""
        self.usage = usage
        self.content = content
        self.size = size
        self.stalls = stalls
        self.events = events
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        asked = json.loads(request.content)
        if asked["max_tokens"] == REFUSED_MAX_TOKENS:
            return httpx2.Response(REFUSED_MAX_TOKENS, json=REFUSED, request=request)
        if asked.get("stream"):
            kind, body = "text/event-stream", events(self.usage, self.events)
        else:
            kind, body = "application/json", json.dumps(message(self.usage, self.content)).encode()
        headers = {"content-type": kind, "request-id": "req_1"}
        return httpx2.Response(
            200, headers=headers, stream=Pieces(body, self.size, self.stalls), request=request
        )

    def client(self, **options):
        http = httpx2.Client(transport=httpx2.MockTransport(self))
        return anthropic.Anthropic(api_key="k", max_retries=0, http_client=http, **options)

    def async_client(self, **options):
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self))
        return anthropic.AsyncAnthropic(api_key="k", max_retries=0, http_client=http, **options)


class Traced:
    """What was recorded inside a block of `tracing`."""

    def __init__(self, sampler=None):
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.provider = TracerProvider(sampler=sampler)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader])

    @property
    def spans(self):
        return self._exporter.get_finished_spans()

    def points(self, name):
        """The data points of a metric, now."""
        data = self._reader.get_metrics_data()
        found = [metric for r in data.resource_metrics for s in r.scope_metrics for metric in s.metrics]
        return [point for metric in found if metric.name == name for point in metric.data.data_points]


@contextmanager
def tracing(sampler=None, **options):
    traced = Traced(sampler)
    otel_claude.instrument(
        tracer_provider=traced.provider, meter_provider=traced.meters, summary=False, **options
    )
    try:
        yield traced
    finally:
        otel_claude.uninstrument()
