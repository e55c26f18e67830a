"""A message as the server-sent events of a stream.

An *event* is its name and its JSON data. The order and the split of the usage are the API's [recorded stream
of Opus 5.5, 2026-10]: `message_start` has the usage of the input, with a placeholder for the output;
`message_delta` has the cumulative counts, without what only the start says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otel_claude.simulator.tokens import CHARACTERS_PER_TOKEN, canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACEHOLDER: Final = 1
"""`output_tokens` in `message_start`."""

START_ONLY: Final = frozenset({"cache_creation", "service_tier", "inference_geo", "speed"})
END_ONLY: Final = frozenset({"output_tokens_details", "server_tool_use", "iterations"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `tokens` of output come with it, for pacing."""

    data: dict[str, Any]
    tokens: int = 0

    def encode(self) -> bytes:
        """The event as it goes over the wire."""
        return f"event: {self.data['type']}\ndata: {canonical(self.data)}\n\n".encode(
            "utf-8", "surrogatepass"
        )


def of_message(message: dict[str, Any]) -> Iterator[Event]:
    """The events of a stream that delivers `message`, one delta for each token of text."""
    usage: dict[str, Any] = message["usage"]
    opening = {key: value for key, value in usage.items() if key not in END_ONLY}
    if "output_tokens" in opening:
        opening["output_tokens"] = PLACEHOLDER
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None}
    yield Event({"type": "message_start", "message": {**start, "usage": opening}})

    for index, block in enumerate(message["content"]):
        empty, deltas = _opened(block)
        yield Event({"type": "content_block_start", "index": index, "content_block": empty})
        if index == 0:
            yield Event({"type": "ping"})
        for delta in deltas:
            tokens = 0 if delta["type"] in ("signature_delta", "citations_delta") else 1
            yield Event({"type": "content_block_delta", "index": index, "delta": delta}, tokens)
        yield Event({"type": "content_block_stop", "index": index})

    closing = {key: value for key, value in usage.items() if key not in START_ONLY}
    delta = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details", "container")}
    yield Event({"type": "message_delta", "delta": delta, "usage": closing})
    yield Event({"type": "message_stop"})


def _opened(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The block as it is when it starts, and the deltas that complete it."""
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*deltas, signed]
    if block["type"] == "tool_use":
        pieces = _pieces(canonical(block["input"]))
        return {**block, "input": {}}, [
            {"type": "input_json_delta", "partial_json": piece} for piece in pieces
        ]
    said = [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
    if "citations" not in block:
        return {**block, "text": ""}, said
    cited = [{"type": "citations_delta", "citation": citation} for citation in block["citations"]]
    return {**block, "text": "", "citations": []}, [*said, *cited]


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), CHARACTERS_PER_TOKEN):
        yield text[start : start + CHARACTERS_PER_TOKEN]
