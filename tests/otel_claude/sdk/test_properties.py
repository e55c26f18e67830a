"""What holds for every usage that the API may report and every way in which its bytes may come."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.otel_claude.sdk.in_memory import API, ASK, tracing

COUNTS = st.integers(0, 300_000)
# USD for a million tokens of Sonnet 5.5.
INPUT, READ, WRITTEN_5M, WRITTEN_1H, OUTPUT = 2, Fraction(1, 10), Fraction(5, 2), 4, 10
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "server_tools")


@st.composite
def usages(draw):
    for_5m, for_1h = draw(COUNTS), draw(COUNTS)
    return {
        "input_tokens": draw(COUNTS),
        "output_tokens": draw(COUNTS),
        "cache_read_input_tokens": draw(COUNTS),
        "cache_creation_input_tokens": for_5m + for_1h,
        "cache_creation": {"ephemeral_5m_input_tokens": for_5m, "ephemeral_1h_input_tokens": for_1h},
        "server_tool_use": {"web_search_requests": draw(st.integers(0, 5)), "web_fetch_requests": 0},
        "service_tier": draw(st.sampled_from(["standard", "batch"])),
        "inference_geo": draw(st.sampled_from(["global", "us", "not_available"])),
    }


def billed(usage):
    """The second implementation: what a call with this usage costs, in USD."""
    written = usage["cache_creation"]
    tokens = (
        usage["input_tokens"] * INPUT
        + usage["cache_read_input_tokens"] * READ
        + written["ephemeral_5m_input_tokens"] * WRITTEN_5M
        + written["ephemeral_1h_input_tokens"] * WRITTEN_1H
        + usage["output_tokens"] * OUTPUT
    )
    factor = Fraction(1, 2) if usage["service_tier"] == "batch" else Fraction(1)
    if usage["inference_geo"] == "us":
        factor *= Fraction(11, 10)
    return tokens * factor / 10**6 + Fraction(usage["server_tool_use"]["web_search_requests"], 100)


def create(api, options):
    api.client(**options).messages.create(**ASK)


def stream(api, options):
    for _ in api.client(**options).messages.create(stream=True, **ASK):
        pass


def helper(api, options):
    with api.client(**options).messages.stream(**ASK) as events:
        events.get_final_message()


def by_lines(api, options):
    with api.client(**options).messages.with_streaming_response.create(stream=True, **ASK) as response:
        list(response.iter_lines())


def as_bytes(api, options):
    with api.client(**options).messages.with_streaming_response.create(**ASK) as response:
        json.loads(b"".join(response.iter_bytes()))


def async_stream(api, options):
    async def read():
        async for _ in await api.async_client(**options).messages.create(stream=True, **ASK):
            pass

    asyncio.run(read())


@pytest.fixture(scope="module")
def traced():
    with tracing() as traced:
        yield traced


@pytest.mark.parametrize("options", [{}, {"open_telemetry": False}], ids=["enriched", "emitted"])
@pytest.mark.parametrize("shape", [create, stream, helper, by_lines, as_bytes, async_stream])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(usage=usages(), size=st.integers(1, 2000))
def test_the_money_on_the_span_is_the_bill_however_the_call_is_read(traced, shape, options, usage, size):
    before = len(traced.spans)
    shape(API(usage, size), options)
    (span,) = traced.spans[before:]
    found = span.attributes
    expected = billed(usage)
    assert found["gen_ai.usage.cost.amount"] == float(expected)
    assert found["otel_claude.cost.status"] == "exact"
    parts = sum(Fraction(found[f"otel_claude.cost.{kind}"]) for kind in KINDS)
    assert parts == pytest.approx(expected, rel=1e-12)
    assert found["gen_ai.usage.input_tokens"] == (
        usage["input_tokens"] + usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
    )
    assert found["gen_ai.usage.output_tokens"] == usage["output_tokens"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(usage=usages(), size=st.integers(1, 2000), read=st.integers(0, 6))
@pytest.mark.parametrize("options", [{}, {"open_telemetry": False}], ids=["enriched", "emitted"])
def test_a_stream_left_anywhere_costs_no_more_than_the_whole_and_never_has_the_placeholder(
    traced, options, usage, size, read
):
    before = len(traced.spans)
    with API(usage, size).client(**options).messages.create(stream=True, **ASK) as events:
        for _ in zip(range(read), events, strict=False):
            pass
    (span,) = traced.spans[before:]
    found = span.attributes
    assert Fraction(found.get("gen_ai.usage.cost.amount", 0.0)) <= Fraction(float(billed(usage)))
    assert found.get("gen_ai.usage.output_tokens") in (None, usage["output_tokens"])
    assert (found["otel_claude.cost.status"] == "exact") == (
        found.get("gen_ai.usage.output_tokens") is not None
    )
