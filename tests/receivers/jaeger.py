"""Jaeger: a real one that the environment names, or a stand-in with the formats of its query API.

The stand-in takes OTLP over HTTP and answers version 3 of the query API as Jaeger 2.20 does with its store in memory:
attributes are compared as text, a trace is found by any one span that has them all, and whole traces are returned, the
newest first.
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from otel_claude.store.reader import spans_of

QUERY_VARIABLE, OTLP_VARIABLE = "JAEGER_QUERY_URL", "JAEGER_OTLP_URL"
"""The environment variables that name a real one: the address of its UI, and that of its OTLP receiver over HTTP."""

START_S = 60.0
OLDEST = timedelta(hours=1)


@dataclass(frozen=True)
class Jaeger:
    """A Jaeger that runs: where it is asked, and where it takes OTLP over HTTP."""

    query: str
    otlp: str
    is_real: bool

    def find(self, service, **attributes):
        """The spans of the traces in which one span of the service has these attributes, as its search says."""
        now = datetime.now(timezone.utc)
        wanted = {name.replace("__", "."): value for name, value in attributes.items()}
        fields = {
            "query.service_name": service,
            "query.start_time_min": (now - OLDEST).isoformat().replace("+00:00", "Z"),
            "query.start_time_max": (now + OLDEST).isoformat().replace("+00:00", "Z"),
            "query.num_traces": "1000",
        }
        if wanted:
            fields["query.attributes"] = json.dumps(wanted)
        address = f"{self.query}/api/v3/traces?{urllib.parse.urlencode(fields)}"
        try:
            with urllib.request.urlopen(address, timeout=30) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            said = error.read().decode()
            assert "No traces" in said, said
            return []
        return spans_of(answer["result"])

    def wait_for(self, service, count, seconds=30.0):
        """The spans of the service's traces, once the service has `count` of them."""
        until = time.monotonic() + seconds
        while True:
            found = self.find(service)
            mine = [span for span in found if span.resource.get("service.name") == service]
            if len(mine) >= count:
                return found
            assert time.monotonic() < until, f"{len(mine)} of {count} spans have come"
            time.sleep(0.2)


@contextmanager
def running():
    """The Jaeger that the environment names, once it answers, or else the stand-in."""
    query, otlp = os.environ.get(QUERY_VARIABLE), os.environ.get(OTLP_VARIABLE)
    if not query or not otlp:
        with StandIn() as stand_in:
            yield Jaeger(stand_in.url, stand_in.url, is_real=False)
        return
    until = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(f"{query}/api/v3/services", timeout=5):
                break
        except OSError:
            assert time.monotonic() < until, f"{query} does not answer"
            time.sleep(0.5)
    yield Jaeger(query.rstrip("/"), otlp.rstrip("/"), is_real=True)


class StandIn:
    """The query API over OTLP/JSON `requests`, and over what is sent to it. `chunk` traces come in one object of an
    answer: all of them now, fewer from older versions.
    """

    def __init__(self, requests=(), chunk=1000):
        self.requests = list(requests)
        self.chunk = chunk
        self.searches = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.jaeger = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path, query):
        """Status and text of the answer to a GET."""
        if path == "/api/v3/services":
            services = {_service(each) for request in self.requests for each in request["resourceSpans"]}
            return 200, json.dumps({"services": sorted(services)})
        if path != "/api/v3/traces":
            return 404, "404 page not found"
        self.searches.append(query)
        try:
            since, until = (
                _nanoseconds(_field(query, f"query.startTime{end}", f"query.start_time_{end.lower()}"))
                for end in ("Min", "Max")
            )
            wanted = json.loads(query.get("query.attributes", "{}"))
        except ValueError as error:
            return _refused(400, f"malformed parameter: {error}")
        if not since < until:
            return _refused(400, "query.startTimeMin must be before query.startTimeMax")
        service = _field(query, "query.serviceName", "query.service_name")
        traces, found = {}, {}
        for request in self.requests:
            for of_resource in request["resourceSpans"]:
                for of_scope in of_resource["scopeSpans"]:
                    for span in of_scope["spans"]:
                        one = {
                            "resource": of_resource["resource"],
                            "scopeSpans": [{**of_scope, "spans": [span]}],
                        }
                        traces.setdefault(span["traceId"], []).append(one)
                        is_asked_for = service in {"", _service(of_resource)} and (
                            since <= int(span["startTimeUnixNano"]) <= until
                        )
                        if is_asked_for and wanted.items() <= _texts(span, of_resource).items():
                            found[span["traceId"]] = None
        depth = int(_field(query, "query.searchDepth", "query.num_traces") or 100)
        chosen = [traces[trace] for trace in list(found)[::-1][:depth]]
        if not chosen:
            return _refused(404, "No traces found")
        parts = [chosen[at : at + self.chunk] for at in range(0, len(chosen), self.chunk)]
        return 200, "\n".join(
            json.dumps({"result": {"resourceSpans": [each for trace in part for each in trace]}})
            for part in parts
        )


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, text = self.server.jaeger.answer(parts.path, query)
        self._send(status, "application/json", text.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path != "/v1/traces" or self.headers["content-type"] != "application/x-protobuf":
            self._send(415, "text/plain", b"")
            return
        self.server.jaeger.requests.append(_of_protobuf(body))
        self._send(200, "application/x-protobuf", ExportTraceServiceResponse().SerializeToString())

    def _send(self, status, kind, data):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        """Says nothing of a request."""


def _refused(status, message):
    return status, json.dumps({"error": {"httpCode": status, "message": message}})


def _field(query, name, older):
    return query.get(name) or query.get(older, "")


def _service(of_resource):
    return _text_of(of_resource["resource"]["attributes"]).get("service.name", "")


def _nanoseconds(text):
    if not text.endswith("Z"):
        raise ValueError(f"{text!r} is no time of UTC")
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e9)


def _texts(span, of_resource):
    """What the attributes of a span and its resource are compared as."""
    return {**_text_of(of_resource["resource"]["attributes"]), **_text_of(span.get("attributes", ()))}


def _text_of(pairs):
    return {pair["key"]: _text(pair["value"]) for pair in pairs}


def _text(value):
    ((kind, content),) = value.items()
    if kind == "boolValue":
        return "true" if content else "false"
    if kind == "arrayValue":
        return json.dumps([_text(each) for each in content.get("values", ())])
    return str(content)


def _of_protobuf(body):
    """A request as OTLP/JSON, with what it needs here."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _pairs(of_resource.resource.attributes)},
                "scopeSpans": [
                    {
                        "scope": {"name": of_scope.scope.name},
                        "spans": [_span(span) for span in of_scope.spans],
                    }
                    for of_scope in of_resource.scope_spans
                ],
            }
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans
        ]
    }


def _span(span):
    return {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": _pairs(span.attributes),
        "status": {"code": int(span.status.code)} if span.status.code else {},
    }


def _pairs(pairs):
    return [{"key": pair.key, "value": _value(pair.value)} for pair in pairs]


def _value(value):
    kind = value.WhichOneof("value")
    content = getattr(value, kind)
    if kind == "array_value":
        return {"arrayValue": {"values": [_value(each) for each in content.values]}}
    if kind == "int_value":
        return {"intValue": str(content)}
    return {
        {"string_value": "stringValue", "bool_value": "boolValue", "double_value": "doubleValue"}[
            kind
        ]: content
    }
