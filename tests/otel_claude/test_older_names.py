"""Cache writes by their older name, for viewers that know no other."""

from __future__ import annotations

import pytest

from otel_claude import attributes as names
from otel_claude.report.calls import calls
from otel_claude.store.reader import read
from otel_claude.store.writer import LineExporter
from tests.otel_claude.sdk.in_memory import API, ASK, USAGE, tracing

WRITTEN = {**USAGE, "cache_creation_input_tokens": 40}


def only_span(streams=False, **options):
    with tracing(**options) as traced:
        answer = API(WRITTEN).client().messages.create(**ASK, stream=streams)
        if streams:
            list(answer)
    (span,) = traced.spans
    return span


@pytest.mark.parametrize("streams", [False, True])
def test_both_names_have_the_same_tokens_where_it_is_asked_for(streams):
    found = only_span(streams, older_names=True).attributes
    assert found[names.CACHE_WRITE_TOKENS] == found[names.OLDER_CACHE_WRITE_TOKENS] == 40


def test_the_older_name_is_not_there_by_default(monkeypatch):
    monkeypatch.delenv("OTEL_CLAUDE_OLDER_NAMES", raising=False)
    assert names.OLDER_CACHE_WRITE_TOKENS not in only_span().attributes


@pytest.mark.parametrize(("value", "is_there"), [("on", True), ("1", True), ("off", False), ("", False)])
def test_the_environment_asks_for_it_where_the_program_does_not_say(monkeypatch, value, is_there):
    monkeypatch.setenv("OTEL_CLAUDE_OLDER_NAMES", value)
    assert (names.OLDER_CACHE_WRITE_TOKENS in only_span().attributes) is is_there
    assert names.OLDER_CACHE_WRITE_TOKENS not in only_span(older_names=False).attributes


def test_a_report_counts_the_tokens_once(tmp_path):
    exporter = LineExporter(tmp_path)
    exporter.export([only_span(older_names=True)])
    exporter.shutdown()
    (call,) = calls(read([tmp_path]))
    assert call.usage.cache_write_tokens == 40
    assert call.usage.prompt_tokens == 12 + 7 + 40
