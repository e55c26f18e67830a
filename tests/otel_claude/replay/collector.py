"""A stand-in for an OTLP endpoint over HTTP that answers as a test tells it to."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

HANG_UP = "hang up"
"""Takes the request and closes the connection without an answer."""


class Collector:
    """Takes traces at `url` while the `with` block runs.

    `answers` are those to the next requests: a status, `HANG_UP`, or `{"rejected": 3}`; after them, all is taken.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        """Each request with its path, headers and the spans in it, taken or not."""
        self.spans = []
        """The spans that were taken, as OTLP/JSON with ids in hexadecimal."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.collector = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def ids(self):
        return [span["spanId"] for span in self.spans]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        collector = self.server.collector
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        is_json = self.headers["content-type"] == "application/json"
        spans = list(_of_json(json.loads(body)) if is_json else _of_protobuf(body))
        collector.requests.append({"path": self.path, "headers": dict(self.headers), "spans": spans})
        answer = collector.answers.pop(0) if collector.answers else 200
        if isinstance(answer, dict) or answer in {200, HANG_UP}:
            collector.spans.extend(spans)
        if answer == HANG_UP:
            self.close_connection = True
            return
        message = ExportTraceServiceResponse()
        if isinstance(answer, dict):
            message.partial_success.rejected_spans = answer["rejected"]
            message.partial_success.error_message = "too old"
        text = json.dumps(MessageToDict(message)).encode() if is_json else message.SerializeToString()
        self.send_response(answer if isinstance(answer, int) else 200)
        self.send_header("content-type", self.headers["content-type"])
        self.send_header("content-length", str(len(text)))
        if answer == 503:
            self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        """Says nothing of a request."""


def _of_json(request):
    for resource_spans in request["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            yield from scope_spans["spans"]


def _of_protobuf(body):
    for resource_spans in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                ids = {
                    "traceId": span.trace_id.hex(),
                    "spanId": span.span_id.hex(),
                    "parentSpanId": span.parent_span_id.hex(),
                    "links": [
                        {"traceId": link.trace_id.hex(), "spanId": link.span_id.hex()} for link in span.links
                    ],
                }
                yield {**MessageToDict(span), **ids}
