"""Clients whose calls are answered from memory, so that what is timed is the SDK and its instrumentation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx2
from anthropic import Anthropic

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "stop_reason": "end_turn",
    "stop_sequence": None, "content": [{"type": "text", "text": "hello"}],
    "usage": {
        "input_tokens": 12, "output_tokens": 30, "cache_read_input_tokens": 5000, "cache_creation_input_tokens": 100,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard", "inference_geo": "global",
    },
}  # fmt: skip
ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Say something."}],
}


def events(deltas: int) -> bytes:
    start = {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}}
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}}
    closed = {"type": "content_block_stop", "index": 0}
    ended = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": deltas},
    }
    items = [start, opened, *([delta] * deltas), closed, ended, {"type": "message_stop"}]
    return b"".join(f"event: {item['type']}\ndata: {json.dumps(item)}\n\n".encode() for item in items)


def client(deltas: int | None, provider: TracerProvider | None) -> Anthropic:
    """A client whose calls are answered from memory: by a message, or by a stream of so many deltas."""
    body = json.dumps(MESSAGE).encode() if deltas is None else events(deltas)
    kind = "application/json" if deltas is None else "text/event-stream"

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            200, headers={"content-type": kind, "request-id": "req_1"}, content=body, request=request
        )

    spans = False if provider is None else {"tracer_provider": provider}
    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Anthropic(api_key="k", http_client=transport, open_telemetry=spans)
