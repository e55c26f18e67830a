"""The caches that a call site kept alive when traces end."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from otel_claude import attributes as names
from otel_claude.report.calls import calls
from otel_claude.report.callsites import call_site_stats
from otel_claude.report.livecaches import LiveCache

if TYPE_CHECKING:
    from otel_claude.store.reader import Span

MINUTE = 60 * 10**9
START = 1_795_000_000 * 10**9


@pytest.fixture
def make(make_span):
    """Makes a call at a minute that reads 9,000 tokens of a prefix and writes some."""

    def call(minute: int, prefix: str | None, *, write_5m: int = 0, write_1h: int = 0) -> Span:
        attributes = {
            "gen_ai.usage.cache_read.input_tokens": 9_000,
            "gen_ai.usage.cache_write.input_tokens": write_5m + write_1h,
            names.CACHE_WRITE_5M_TOKENS: write_5m,
            names.CACHE_WRITE_1H_TOKENS: write_1h,
            "code.file.path": "app.py",
            "code.line.number": 7,
            "code.function.name": "answer",
            **({} if prefix is None else {names.CACHE_PREFIX: prefix}),
        }
        return make_span(attributes, at=START + minute * MINUTE)

    return call


def alive(*spans: Span) -> list[tuple[int, str]]:
    (site,) = call_site_stats(calls(spans))
    return sorted((cache.tokens, cache.ttl) for cache in site.live_caches)


def test_what_was_used_within_its_lifetime_of_the_last_call_lives(make) -> None:
    spans = [make(0, "old"), make(26, "one", write_5m=10), make(28, "two"), make(30, "two")]
    assert alive(*spans) == [(9_000, "5m"), (9_010, "5m")]


def test_a_cache_for_an_hour_lives_on_in_whatever_order_calls_come(make) -> None:
    spans = [make(0, "a", write_1h=500), make(10, "a"), make(60, "b")]
    assert alive(*spans) == alive(*reversed(spans)) == [(9_000, "1h"), (9_000, "5m")]


def test_without_digests_the_calls_of_a_model_count_as_one_cache(make) -> None:
    assert alive(make(0, None), make(1, None), make(2, None)) == [(9_000, "5m")]


def test_a_rewrite_costs_the_rate_of_the_lifetime() -> None:
    day = datetime(2026, 11, 21, tzinfo=timezone.utc)
    tokens = 100_000
    assert LiveCache("claude-haiku-5-5", tokens, "5m").write_usd(day) == pytest.approx(0.0125)
    assert LiveCache("claude-haiku-5-5", tokens, "1h").write_usd(day) == pytest.approx(0.02)
    assert LiveCache("claude-haiku-5-5", tokens, "5m").miss_usd(day) == pytest.approx(0.115e-6)
    assert LiveCache("a-model-of-nobody", tokens, "5m").write_usd(day) is None
