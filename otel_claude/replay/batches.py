"""Cuts a file of OTLP/JSON lines into batches, each small enough for one request.

A *position* is a place between two spans of a file. Lines are short in a store of ours and can be long in a file of
the Collector's, so a batch can hold many lines, or a part of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_claude.store.reader import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from otel_claude.store.reader import ReadReport

SPANS: Final = 512
"""Spans that a batch may have: as many as OpenTelemetry's batch processor sends at once."""

BYTES: Final = 2_000_000
"""Bytes of JSON after which a batch is full. gRPC servers take 4 MiB a message unless told otherwise."""


class Position(NamedTuple):
    """Behind the first `done` spans of the line that begins at the byte `offset`."""

    offset: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Spans for one request, as the `resourceSpans` of OTLP/JSON, and the position behind the last of them."""

    resource_spans: list[dict[str, Any]]
    spans: int
    end: Position


def batches(path: Path, start: Position, report: ReadReport) -> Iterator[Batch]:
    """The spans of the file at `path` from `start` on. The last batch has no spans if nothing follows but lines
    that hold none. Raises `StoreError` for a file that cannot be read."""
    batch = _Growing()
    end = start
    for line in lines(path, report, start=start.offset):
        done = start.done if line.start == start.offset else 0
        size = (line.end - line.start) / line.spans
        for number, (resource, scope, span) in enumerate(_spans(line.request), 1):
            if number <= done:
                continue
            batch.add(resource, scope, span, size)
            end = Position(line.end) if number == line.spans else Position(line.start, number)
            if batch.is_full():
                yield Batch(batch.resource_spans, batch.spans, end)
                batch = _Growing()
    if batch.spans:
        yield Batch(batch.resource_spans, batch.spans, end)


class _Growing:
    """A batch that spans are added to. Those of one resource and scope that follow each other stay together."""

    def __init__(self) -> None:
        self.resource_spans: list[dict[str, Any]] = []
        self.spans = 0
        self._bytes = 0.0

    def add(self, resource: Mapping[str, Any], scope: Mapping[str, Any], span: Any, size: float) -> None:
        if not self.resource_spans or not _agree(self.resource_spans[-1], resource, "scopeSpans"):
            self.resource_spans.append({**resource, "scopeSpans": []})
        scope_spans = self.resource_spans[-1]["scopeSpans"]
        if not scope_spans or not _agree(scope_spans[-1], scope, "spans"):
            scope_spans.append({**scope, "spans": []})
        scope_spans[-1]["spans"].append(span)
        self.spans += 1
        self._bytes += size

    def is_full(self) -> bool:
        return self.spans >= SPANS or self._bytes >= BYTES


def _agree(one: Mapping[str, Any], other: Mapping[str, Any], inside: str) -> bool:
    """Whether both are the same but for what is `inside`."""
    return len(one) == len(other) and all(one[key] == other.get(key) for key in one if key != inside)


def _spans(request: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], Any]]:
    for resource in request["resourceSpans"]:
        for scope in resource.get("scopeSpans") or ():
            for span in scope.get("spans") or ():
                yield resource, scope, span
