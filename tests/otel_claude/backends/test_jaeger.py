"""What a report makes of spans in Jaeger, in a stand-in that answers as its query API does (2.20)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from math import inf

import pytest
from click.testing import CliRunner

from otel_claude import backends
from otel_claude.backends import jaeger
from otel_claude.cli.report import command
from otel_claude.report.calls import calls
from otel_claude.report.table import tabulate
from otel_claude.store.reader import ReadReport, StoreError, read
from tests.receivers.jaeger import StandIn

LONG_AGO = datetime.now(timezone.utc) - timedelta(days=2)


@pytest.fixture
def requests(store):
    return [json.loads(line) for file in store.glob("*.jsonl") for line in file.read_text().splitlines()]


@pytest.mark.parametrize("by", ["feature", "callsite", "tag.tenant"])
def test_the_report_is_the_same_as_from_the_store_that_was_sent_there(requests, store, by):
    with StandIn(requests, chunk=2) as there:
        found = tabulate(calls(backends.read(there.url, LONG_AGO, ReadReport())), [by])
    assert found == tabulate(calls(read([store])), [by])
    assert found.total.calls == 6


def test_a_period_with_more_traces_than_a_search_finds_is_searched_in_parts(requests, monkeypatch):
    monkeypatch.setattr(jaeger, "DEPTH", 3)
    with StandIn(requests, chunk=2) as there:
        spans = list(backends.read(there.url, LONG_AGO, ReadReport()))
    assert len(spans) == len({span.span_id for span in spans}) == len(requests)
    assert len(there.searches) > 2


def test_one_service_can_be_named(requests):
    with StandIn(requests, chunk=2) as there:
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
    with StandIn() as there:
        monkeypatch.setattr(there, "answer", lambda path, query: answer)
        with pytest.raises(StoreError, match=said):
            list(backends.read(there.url, LONG_AGO, ReadReport()))


def test_an_answer_with_a_number_that_is_none_is_an_error_that_says_so(requests):
    (span, *_) = (span for scope in requests[0]["resourceSpans"][0]["scopeSpans"] for span in scope["spans"])
    span["kind"] = inf
    with StandIn(requests, chunk=2) as there, pytest.raises(StoreError, match="the answer is not OTLP"):
        list(backends.read(there.url, LONG_AGO, ReadReport()))


@pytest.mark.parametrize("url", ["jaeger", "ftp://x", "postgres://x/y"])
def test_another_kind_of_address_is_refused_with_those_that_are_known(url):
    with pytest.raises(StoreError, match="clickhouse://"):
        backends.read(url, LONG_AGO, ReadReport())


def test_the_command_reads_from_there_and_says_which_period(requests):
    with StandIn(requests, chunk=2) as there:
        done = CliRunner().invoke(command, ["--from", there.url, "--format", "json"])
    assert done.exit_code == 0, done.output
    assert "another period with --since" in done.stderr
    assert {row["key"]["feature"] for row in json.loads(done.stdout)["rows"]} == {"support", "triage", None}
    both = CliRunner().invoke(command, ["--from", "http://127.0.0.1:9", "somewhere"])
    assert (both.exit_code, "not both" in both.stderr) == (2, True)
    missing = CliRunner().invoke(command, ["--from", "http://127.0.0.1:9"])
    assert (missing.exit_code, "cannot be reached" in missing.stderr) == (2, True)
