"""Why the cache missed, in the report."""

from __future__ import annotations

import pytest

from otel_claude.report.calls import calls
from otel_claude.report.table import tabulate
from otel_claude.report.wastes import Wastes

SITE = {"code.file.path": "app.py", "code.function.name": "answer", "code.line.number": 42}


def missed(make_span, reason, at=None, *, read=0, written=12_000, **more):
    attributes = {
        **SITE,
        "otel_claude.feature": "search",
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.cache_write.input_tokens": written,
        "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": written,
        **more,
    }
    if reason is not None:
        attributes["otel_claude.cache.miss_reason"] = reason
    if at is not None:
        attributes["otel_claude.cache.changed_at"] = at
    return make_span(attributes)


def missed_at(spans):
    """What is said of each call site that missed, the dearest first."""
    wastes = Wastes()
    for call in calls(spans):
        wastes.add(call)
    return [waste for waste in wastes.ranked() if waste.kind == "cache_misses"]


def sentences(spans):
    return [waste.sentence for waste in missed_at(spans)]


def test_what_changes_at_every_call_is_said_with_its_place(make_span):
    spans = [missed(make_span, "first_write")]
    spans += [missed(make_span, "system_changed", "system[0]") for _ in range(99)]
    (waste,) = missed_at(spans)
    assert waste.sentence == "wrote 1.20M cache tokens and read none: system[0] changed at every call"
    assert waste.usd == pytest.approx(99 * 12_000 * (2.5 - 0.1) / 1e6)
    assert (waste.call_site.path, waste.call_site.line) == ("app.py", 42)


def test_a_cause_among_others_is_counted(make_span):
    spans = [missed(make_span, "expired") for _ in range(3)]
    spans += [missed(make_span, None, read=12_000, written=0) for _ in range(5)]
    assert sentences(spans) == [
        "wrote 36.0k cache tokens and read 60.0k: the entry had expired at 3 of 8 calls"
    ]


def test_what_nobody_is_to_blame_for_is_not_said(make_span):
    spans = [missed(make_span, reason) for reason in ("first_write", "unknown", "unknown")]
    spans += [missed(make_span, "lookback"), make_span()]
    assert sentences(spans) == []


def test_the_dearest_comes_first(make_span):
    dear, cheap = {"code.line.number": 1}, {"code.line.number": 2}
    spans = [missed(make_span, "tools_changed", "tools[0]", written=5_000, **cheap) for _ in range(2)]
    spans += [missed(make_span, "tools_changed", "tools[1]", written=9_000, **dear) for _ in range(2)]
    assert [waste.call_site.line for waste in missed_at(spans)] == [1, 2]


def test_calls_can_be_grouped_by_the_reason(make_span):
    spans = [missed(make_span, reason) for reason in ("expired", "expired", "first_write", None)]
    table = tabulate(calls(spans), ["miss-reason"])
    assert {row.key[0]: row.totals.calls for row in table.rows} == {"expired": 2, "first_write": 1, None: 1}
