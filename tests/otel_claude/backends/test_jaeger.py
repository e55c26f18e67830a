"""What a report makes of spans in Jaeger, in a stand-in that answers as its query API does (2.20)."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from otel_claude import backends
from otel_claude.backends import jaeger
from otel_claude.cli.report import command
from otel_claude.report.calls import calls
from otel_claude.report.table import tabulate
from otel_claude.store.reader import ReadReport, StoreError, read

LONG_AGO = datetime.now(timezone.utc) - timedelta(days=2)


class Jaeger:
    """The query API over the requests of a store's lines. `chunk` traces come in one object of an answer."""

    def __init__(self, requests, chunk=2):
        self.requests = requests
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
        if path == "/api/v3/services":
            services = {service(each) for request in self.requests for each in request["resourceSpans"]}
            return 200, json.dumps({"services": sorted(services)})
        if path != "/api/v3/traces":
            return 404, "404 page not found"
        self.searches.append(query)
        since, until = (nanoseconds(query[f"query.start_time_{end}"]) for end in ("min", "max"))
        traces = {}
        for request in self.requests:
            for each in request["resourceSpans"]:
                (span,) = each["scopeSpans"][0]["spans"]
                if (
                    service(each) == query["query.service_name"]
                    and since <= int(span["startTimeUnixNano"]) <= until
                ):
                    traces.setdefault(span["traceId"], []).append(each)
        found = list(traces.values())[: int(query["query.num_traces"])]
        if not found:
            return 404, json.dumps({"error": {"httpCode": 404, "message": "No traces found"}})
        parts = [found[at : at + self.chunk] for at in range(0, len(found), self.chunk)]
        return 200, "\n".join(
            json.dumps({"result": {"resourceSpans": [each for trace in part for each in trace]}})
            for part in parts
        )


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, text = self.server.jaeger.answer(parts.path, query)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        """Says nothing of a request."""


def service(resource_spans):
    (name,) = [
        each["value"]["stringValue"]
        for each in resource_spans["resource"]["attributes"]
        if each["key"] == "service.name"
    ]
    return name


def nanoseconds(text):
    assert text.endswith("Z")
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e9)


@pytest.fixture
def requests(store):
    return [json.loads(line) for file in store.glob("*.jsonl") for line in file.read_text().splitlines()]


@pytest.mark.parametrize("by", ["feature", "callsite", "tag.tenant"])
def test_the_report_is_the_same_as_from_the_store_that_was_sent_there(requests, store, by):
    with Jaeger(requests) as there:
        found = tabulate(calls(backends.read(there.url, LONG_AGO, ReadReport())), [by])
    assert found == tabulate(calls(read([store])), [by])
    assert found.total.calls == 6


def test_a_period_with_more_traces_than_a_search_finds_is_searched_in_parts(requests, monkeypatch):
    monkeypatch.setattr(jaeger, "DEPTH", 3)
    with Jaeger(requests) as there:
        spans = list(backends.read(there.url, LONG_AGO, ReadReport()))
    assert len(spans) == len({span.span_id for span in spans}) == len(requests)
    assert len(there.searches) > 2


def test_one_service_can_be_named(requests):
    with Jaeger(requests) as there:
        assert list(backends.read(f"{there.url}/?service=other", LONG_AGO, ReadReport())) == []
        assert len(list(backends.read(f"{there.url}/?service=support", LONG_AGO, ReadReport()))) == len(
            requests
        )
    assert {each["query.service_name"] for each in there.searches} == {"other", "support"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, "<html>"), "is this Jaeger"),
        ((200, "[]"), "is this Jaeger"),
        ((502, "bad gateway"), "answered 502: bad gateway"),
        ((200, '{"services": [1]}'), "is this Jaeger"),
    ],
)
def test_an_address_of_something_else_is_an_error_that_says_so(monkeypatch, answer, said):
    with Jaeger([]) as there:
        monkeypatch.setattr(there, "answer", lambda path, query: answer)
        with pytest.raises(StoreError, match=said):
            list(backends.read(there.url, LONG_AGO, ReadReport()))


@pytest.mark.parametrize("url", ["jaeger", "ftp://x", "postgres://x/y"])
def test_another_kind_of_address_is_refused_with_those_that_are_known(url):
    with pytest.raises(StoreError, match="clickhouse://"):
        backends.read(url, LONG_AGO, ReadReport())


def test_the_command_reads_from_there_and_says_which_period(requests):
    with Jaeger(requests) as there:
        done = CliRunner().invoke(command, ["--from", there.url, "--format", "json"])
    assert done.exit_code == 0, done.output
    assert "another period with --since" in done.stderr
    assert {row["key"]["feature"] for row in json.loads(done.stdout)["rows"]} == {"support", "triage", None}
    both = CliRunner().invoke(command, ["--from", "http://127.0.0.1:9", "somewhere"])
    assert (both.exit_code, "not both" in both.stderr) == (2, True)
    missing = CliRunner().invoke(command, ["--from", "http://127.0.0.1:9"])
    assert (missing.exit_code, "cannot be reached" in missing.stderr) == (2, True)
