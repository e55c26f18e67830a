"""A stand-in for Honeycomb's OTLP endpoint, with its rules of 2026-11.

POST to /v1/traces and /v1/metrics, as application/x-protobuf, plain or gzip; the key in `x-honeycomb-team`, without
which the answer is 401; the answer is the protobuf response. What comes is decoded with OpenTelemetry's own messages,
so that types are as a backend sees them.
"""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

MESSAGES = {
    "/v1/traces": (ExportTraceServiceRequest, ExportTraceServiceResponse),
    "/v1/metrics": (ExportMetricsServiceRequest, ExportMetricsServiceResponse),
}


@dataclass(frozen=True)
class Span:
    """A span as it was received, its attributes in the types that they were sent in."""

    name: str
    scope: str
    attributes: dict
    resource: dict


@dataclass(frozen=True)
class Request:
    """One request, whether or not it was taken."""

    path: str
    status: int
    headers: dict


@dataclass
class Received:
    """Everything that came, in order."""

    requests: list[Request] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    traces: list[ExportTraceServiceRequest] = field(default_factory=list)
    """The requests that the spans came in."""

    metrics: dict[str, list] = field(default_factory=dict)
    """The data points of each metric."""

    def paths(self) -> set[str]:
        return {request.path for request in self.requests}

    def calls(self) -> list[Span]:
        """The spans of inference calls."""
        return [span for span in self.spans if span.name == "anthropic.messages.create"]


class Ingest:
    """The endpoint, served while the `with` block runs. With a `key`, requests need it."""

    def __init__(self, key: str | None = None) -> None:
        self.received = Received()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.key, self._server.received = key, self.received
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status, answer = self._take(body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.requests.append(Request(self.path, status, headers))
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _take(self, body):
        if self.path not in MESSAGES:
            return 404, b""
        if self.server.key is not None and self.headers.get("x-honeycomb-team") != self.server.key:
            return 401, b""
        if self.headers.get("content-type") != "application/x-protobuf":
            return 415, b""
        encoding = self.headers.get("content-encoding", "identity")
        if encoding not in {"identity", "gzip"}:
            return 415, b""
        request, response = MESSAGES[self.path]
        try:
            message = request.FromString(gzip.decompress(body) if encoding == "gzip" else body)
        except (DecodeError, OSError):
            return 400, b""
        if self.path == "/v1/traces":
            self.server.received.spans.extend(_spans(message))
            self.server.received.traces.append(message)
        else:
            for name, points in _metrics(message):
                self.server.received.metrics.setdefault(name, []).extend(points)
        return 200, response().SerializeToString()

    def log_message(self, *args):
        """Says nothing of a request."""


def _spans(message):
    for resource_spans in message.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield Span(span.name, scope_spans.scope.name, _attributes(span.attributes), resource)


def _metrics(message):
    for resource_metrics in message.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                data = getattr(metric, metric.WhichOneof("data"))
                yield metric.name, list(data.data_points)


def _attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
