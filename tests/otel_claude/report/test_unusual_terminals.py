"""The report where the terminal or the user is an unusual one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone

import pytest

from otel_claude.cost import FREE
from otel_claude.report import period
from otel_claude.report.pricing import Pricing, SpanFacts, cost_of
from otel_claude.usage import Usage

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
LINE = (
    '{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"com.anthropic.sdk.python"},"spans":[{'
    '"traceId":"0123456789abcdef0123456789abcdef","spanId":"0123456789abcdef",'
    '"name":"anthropic.messages.create","kind":3,"startTimeUnixNano":"1795000000000000000",'
    '"endTimeUnixNano":"1795000001000000000","attributes":['
    '{"key":"gen_ai.request.model","value":{"stringValue":"claude-haiku-5-5"}},'
    '{"key":"otel_claude.feature","value":{"stringValue":"\\u65e5\\u672c"}},'
    '{"key":"otel_claude.cost.status","value":{"stringValue":"exact"}},'
    '{"key":"gen_ai.usage.cost.amount","value":{"doubleValue":0.25}}]}]}]}]}\n'
)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json"])
def test_an_output_without_the_letters_gets_the_numbers(tmp_path, encoding, form):
    (tmp_path / "traces.jsonl").write_text(LINE)
    done = subprocess.run(
        [sys.executable, "-m", "otel_claude", "report", "--format", form, "traces.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"0.25" in done.stdout


@pytest.mark.parametrize("text", ["9999-12-31T23:59-12:00", "0001-01-01T00:00+12:00"])
def test_a_time_beyond_the_calendar_is_refused(text):
    with pytest.raises(ValueError, match="in no year"):
        period.since(text, NOW)


def test_a_time_with_an_offset_is_given_in_utc():
    found = period.since("2026-11-01T08:00+02:00", NOW)
    assert found.isoformat() == "2026-11-01T06:00:00+00:00"


@pytest.mark.parametrize("mode", ["recorded", "anew", "list"])
def test_what_was_not_billed_stays_so_when_it_is_priced_anew(mode):
    # A refusal before any output, or an answer that a middleware kept: there are tokens on the span all the same.
    facts = SpanFacts(Usage(1_000, output_tokens=10), "claude-haiku-5-5", "claude-haiku-5-5", "end_turn", NOW)
    assert cost_of(facts, FREE, Pricing(mode=mode)).amount == 0
