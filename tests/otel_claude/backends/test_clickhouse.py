"""What a report makes of spans in ClickHouse, on its own engine, in the table that the Collector's exporter makes."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from otel_claude import backends
from otel_claude.report.calls import calls
from otel_claude.report.table import tabulate
from otel_claude.store.reader import ReadReport, StoreError
from otel_claude.store.reader import read as read_store
from tests.environments import ENVIRONMENTS, locked

pytestmark = pytest.mark.receiver

PACKAGE = "chdb-core==26.9.0"
LONG_AGO = datetime.now(timezone.utc) - timedelta(days=2)
PASSWORD = "the secret"

TABLE = """
CREATE TABLE otel_traces (
    Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
    SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
    ResourceAttributes Map(LowCardinality(String), String), ScopeName String, ScopeVersion String,
    SpanAttributes Map(LowCardinality(String), String), Duration UInt64, StatusCode LowCardinality(String),
    StatusMessage String,
    Events Nested (
        Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)
    ),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String))
) ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
"""
"""The columns that the Collector's exporter makes, 0.140."""


def _engine():
    """The folder with the engine, installed once and kept."""
    folder = ENVIRONMENTS / PACKAGE
    with locked(folder.name):
        if not (folder / ".complete").exists():
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--target",
                str(folder),
            ]
            done = subprocess.run([*command, "--upgrade", PACKAGE], capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"no ClickHouse engine here: {done.stderr.strip()[-300:]}")
            (folder / ".complete").touch()
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory, store):
    """The address of a server whose table has the spans of the store."""
    data = tmp_path_factory.mktemp("clickhouse")
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("clickhouse_server.py"), data, PASSWORD],
        env={"PYTHONPATH": str(_engine()), "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = process.stdout.readline().strip()
        if not port:
            pytest.skip("ClickHouse's engine does not run here")
        address = f"127.0.0.1:{port}"
        post(address, TABLE)
        rows = "\n".join(json.dumps(row(span)) for span in read_store([store]))
        post(address, f"INSERT INTO otel_traces FORMAT JSONEachRow {rows}")
        yield address
    finally:
        process.kill()
        process.wait()


def post(address, query):
    request = urllib.request.Request(
        f"http://{address}/", query.encode(), {"X-ClickHouse-Key": PASSWORD}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def row(span):
    """What the Collector's exporter writes of a span: every value of an attribute as text."""
    return {
        "Timestamp": span.start_ns / 1e9
        if span.start_ns % 1000 == 0
        else f"{span.start_ns // 10**9}.{span.start_ns % 10**9:09}",
        "TraceId": span.trace_id,
        "SpanId": span.span_id,
        "ParentSpanId": span.parent_span_id,
        "SpanName": span.name,
        "SpanKind": {2: "Server", 3: "Client"}.get(span.kind, "Internal"),
        "ServiceName": span.resource["service.name"],
        "ResourceAttributes": {name: text(value) for name, value in span.resource.items()},
        "ScopeName": span.scope,
        "SpanAttributes": {name: text(value) for name, value in span.attributes.items()},
        "Duration": span.end_ns - span.start_ns,
        "StatusCode": {0: "Unset", 1: "Ok", 2: "Error"}[span.status_code],
    }


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def table(spans, by):
    return tabulate(calls(spans), by)


@pytest.mark.parametrize("by", ["feature", "model", "callsite", "tag.tenant"])
def test_the_report_is_the_same_as_from_the_store_that_was_sent_there(server, store, by):
    url = f"clickhouse://default:{PASSWORD.replace(' ', '%20')}@{server}/default"
    report = ReadReport()
    from_there = table(backends.read(url, LONG_AGO, report), [by])
    assert from_there == table(read_store([store]), [by])
    assert from_there.total.calls == 6
    assert report.spans >= 6


def test_only_what_began_since_then_is_read(server, monkeypatch):
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", PASSWORD)
    later = datetime.now(timezone.utc) + timedelta(minutes=1)
    assert list(backends.read(f"clickhouse://{server}/default", later, ReadReport())) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("default?table=nothing", "nothing"),
        ("default?table=a;DROP", "no name"),
        ("default", "Authentication failed"),
    ],
)
def test_what_cannot_be_read_is_said_without_the_password(server, monkeypatch, path, said):
    password = "wrong" if path == "default" else PASSWORD
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", password)
    with pytest.raises(StoreError, match=said) as caught:
        list(backends.read(f"clickhouse://{server}/{path}", LONG_AGO, ReadReport()))
    assert password not in str(caught.value)


def test_a_server_that_is_not_there_is_an_error():
    with pytest.raises(StoreError, match="cannot be read"):
        list(backends.read("clickhouse://127.0.0.1:9/x", LONG_AGO, ReadReport()))


def test_the_pages_sql_sums_the_same_by_feature(server, store):
    page = (Path(__file__).parents[3] / "docs" / "clickhouse.md").read_text()
    (sql,) = [part.split("```")[0] for part in page.split("```sql\n")[1:]]
    found = [
        json.loads(line)
        for line in post(server, f"{sql.strip().rstrip(';')} FORMAT JSONEachRow").splitlines()
    ]
    expected = table(read_store([store]), ["feature"])
    assert {each["feature"]: each["usd"] for each in found} == {
        row.key[0] or "": pytest.approx(row.totals.cost_usd or 0) for row in expected.rows
    }
