"""What instrumentation adds to a call: the bare SDK, the SDK's own spans, and ours over them, in interleaved rounds.

    python -m benchmarks.call_overhead [--rounds 30] [--calls 200]

The endpoint is a transport that answers from memory, so that what is left is the SDK and the instrumentation. Spans
end in a processor that drops them; metrics go to an in-memory reader, whose collection is timed apart. The figures
are medians over the rounds, in microseconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from contextlib import nullcontext

import httpx2
from anthropic import Anthropic
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

import otel_claude

MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "stop_reason": "end_turn",
    "stop_sequence": None, "content": [{"type": "text", "text": "hello"}],
    "usage": {
        "input_tokens": 12, "output_tokens": 30, "cache_read_input_tokens": 5000, "cache_creation_input_tokens": 100,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard", "inference_geo": "global",
    },
}  # fmt: skip
ASK = {"model": "claude-sonnet-5-5", "max_tokens": 100, "messages": [{"role": "user", "content": "Say something."}]}


def events(deltas: int) -> bytes:
    start = {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}}
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}}
    closed = {"type": "content_block_stop", "index": 0}
    ended = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": deltas}}
    items = [start, opened, *([delta] * deltas), closed, ended, {"type": "message_stop"}]
    return b"".join(f"event: {item['type']}\ndata: {json.dumps(item)}\n\n".encode() for item in items)


def client(deltas: int | None, provider: TracerProvider | None) -> Anthropic:
    """A client whose calls are answered from memory: by a message, or by a stream of so many deltas."""
    body = json.dumps(MESSAGE).encode() if deltas is None else events(deltas)
    kind = "application/json" if deltas is None else "text/event-stream"

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": kind, "request-id": "req_1"}, content=body, request=request)

    spans = False if provider is None else {"tracer_provider": provider}
    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Anthropic(api_key="k", http_client=transport, open_telemetry=spans)


def us_per_call(asked: Anthropic, calls: int, deltas: int | None) -> float:
    create = asked.messages.create
    started = time.perf_counter()
    for _ in range(calls):
        if deltas is None:
            create(**ASK)  # claude-lint: ignore[CL401] it is the calls that are timed
        else:
            for _event in create(stream=True, **ASK):
                pass
    return (time.perf_counter() - started) / calls * 1e6


class ours:  # noqa: N801
    """A block in which the SDK is instrumented, with all metrics."""

    reader = InMemoryMetricReader()
    meters = MeterProvider([reader])

    def __enter__(self) -> None:
        otel_claude.instrument(meter_provider=self.meters, summary=False)

    def __exit__(self, *exc: object) -> None:
        otel_claude.uninstrument()


def compare(rounds: int, calls: int, deltas: int | None) -> dict[str, float]:
    """The median microseconds a call, by what is on."""
    provider = TracerProvider()
    provider.add_span_processor(SpanProcessor())
    variants = {
        "bare SDK": (client(deltas, None), nullcontext),
        "SDK's own spans": (client(deltas, provider), nullcontext),
        "otel-claude": (client(deltas, provider), ours),
    }
    times: dict[str, list[float]] = {name: [] for name in variants}
    collections = []
    for turn in range(rounds + 1):
        for name, (asked, block) in variants.items():
            with block():
                taken = us_per_call(asked, calls, deltas)
                if block is ours:
                    started = time.perf_counter()
                    ours.reader.get_metrics_data()
                    collections.append((time.perf_counter() - started) / calls * 1e6)
            if turn:
                times[name].append(taken)
    return {
        **{name: statistics.median(found) for name, found in times.items()},
        "collection": statistics.median(collections),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--calls", type=int, default=200)
    asked = parser.parse_args()

    found = compare(asked.rounds, asked.calls, None)
    bare, sdk, us = found["bare SDK"], found["SDK's own spans"], found["otel-claude"]
    print(f"create: bare SDK {bare:.0f} µs, SDK's own spans +{sdk - bare:.0f}, otel-claude over them +{us - sdk:.0f}")
    print(f"        {us / sdk:.3f} times the SDK's own spans; collecting the metrics later {found['collection']:.1f} µs")

    few, many = compare(asked.rounds, max(asked.calls // 10, 5), 100), compare(asked.rounds, 5, 2000)
    slopes = {name: (many[name] - few[name]) / 1900 for name in ("bare SDK", "SDK's own spans", "otel-claude")}
    bare, sdk, us = slopes.values()
    print(f"event:  bare SDK {bare:.2f} µs, SDK's own spans +{sdk - bare:.2f}, otel-claude over them +{us - sdk:.2f}")


if __name__ == "__main__":
    main()
