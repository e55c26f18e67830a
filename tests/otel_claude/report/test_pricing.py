"""What is recorded is made by the instrumentation's own pricing: of a usage with everything that a response can say."""

from dataclasses import replace
from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_claude.cost import price
from otel_claude.rates import Overrides, Rates
from otel_claude.report.calls import calls
from otel_claude.report.pricing import Pricing
from otel_claude.usage import Iteration, Usage

AT = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
USAGE = Usage(1000, 8000, 2000, 0, 500, service_tier="standard")
HALF = Overrides(date(2026, 1, 1), multipliers={"*": 0.5})


@pytest.fixture
def repriced(make_span):
    """Records a call and prices it anew: the recorded cost and the call."""

    def repriced(
        usage=USAGE, overrides=None, mode="anew", recorded_with=None, model="claude-opus-5-5", **facts
    ):
        recorded = price(usage, model=model, at=AT, overrides=recorded_with, **facts)
        (call,) = calls([span_of(make_span, usage, recorded, model)], Pricing(overrides, mode))
        return recorded, call

    return repriced


def span_of(make_span, usage, recorded, model):
    bare = make_span()
    kept = {name: value for name, value in bare.attributes.items() if "usage" not in name}
    kept |= {"gen_ai.request.model": model, "gen_ai.response.model": model}
    return replace(bare, attributes={**kept, **usage.attributes(), **recorded.attributes()})


@pytest.mark.parametrize(
    ("usage", "facts"),
    [
        (USAGE, {}),
        (USAGE._replace(speed="fast"), {}),
        (USAGE._replace(inference_geo="us"), {}),
        (USAGE._replace(inference_geo="us", speed="fast"), {}),
        (USAGE._replace(service_tier="batch"), {}),
        (USAGE._replace(web_search_requests=3), {}),
        (USAGE, {"platform": "vertex", "regional": True}),
        (USAGE, {"platform": "vertex", "regional": False}),
        (
            USAGE._replace(
                iterations=(USAGE.as_iteration(), Iteration("compaction", None, 900, output_tokens=90))
            ),
            {},
        ),
    ],
)
def test_what_a_span_leaves_out_is_found_again_in_what_it_cost(repriced, usage, facts):
    recorded, call = repriced(usage, HALF, **facts)
    searches = recorded.server_tools
    assert recorded.status == "exact"
    assert call.cost_usd == pytest.approx((recorded.amount - searches) / 2 + searches)
    assert (call.cost_status, call.recorded_usd) == ("exact", recorded.amount)


def test_without_other_rates_nothing_changes(repriced):
    recorded, call = repriced(USAGE._replace(inference_geo="us"))
    assert call.cost == recorded


def test_a_call_recorded_with_a_discount_can_be_priced_without(repriced):
    recorded, call = repriced(USAGE, HALF, mode="list", recorded_with=HALF)
    assert call.cost_usd == pytest.approx(2 * recorded.amount)
    assert (call.cost_status, call.cost.rates_source) == ("exact", "table")


def test_a_model_that_was_unknown_gets_a_price_that_says_what_it_leaves_out(repriced):
    own = Overrides(date(2026, 1, 1), rates={"in-house": Rates(1, 1, 1, 1, 1)})
    recorded, call = repriced(USAGE, own, model="in-house")
    assert (recorded.status, recorded.reason) == ("unpriced", "unknown_model")
    assert call.cost_usd == pytest.approx(11_500 / 1e6)
    assert (call.cost_status, call.cost_reason, call.recorded_usd) == ("estimated", "usage_incomplete", None)


def test_a_record_that_no_rates_explain_is_priced_as_far_as_the_span_tells(repriced):
    advised = (USAGE.as_iteration(), Iteration("advisor_message", "claude-fable-5-2", 700, output_tokens=70))
    recorded, call = repriced(USAGE._replace(iterations=advised))
    assert recorded.status == "exact"
    assert call.cost_usd < recorded.amount
    assert (call.cost_status, call.cost_reason) == ("estimated", "usage_incomplete")


def test_a_doubt_about_the_call_stays_and_one_about_rates_is_looked_at_again(repriced):
    cut_short, call = repriced(USAGE, HALF, complete=False)
    assert (cut_short.reason, call.cost_reason) == ("stream_cut_short", "stream_cut_short")
    assert call.cost_usd == pytest.approx(cut_short.amount / 2)
    unsure, call = repriced(
        USAGE, replace_rates("claude-3-sonnet-20240229"), model="claude-3-sonnet-20240229"
    )
    assert (unsure.reason, call.cost_status) == ("rates_unsure", "exact")


def replace_rates(model):
    return Overrides(date(2026, 1, 1), rates={model: Rates(1, 1, 1, 1, 1)})


def test_a_reason_from_a_later_version_does_not_stop_it(make_span):
    span = span_of(make_span, USAGE, price(USAGE, model="claude-opus-5-5", at=AT), "claude-opus-5-5")
    span = replace(span, attributes={**span.attributes, "otel_claude.cost.reason": "moon_phase"})
    (call,) = calls([span], Pricing(HALF, "anew"))
    assert call.cost_usd == pytest.approx(call.recorded_usd / 2)


@pytest.mark.parametrize("status", ["sure", ["exact"], {"exact": True}, 1, None])
def test_a_status_that_is_none_of_ours_is_an_estimate(make_span, status):
    attributes = make_span().attributes | {"gen_ai.usage.cost.amount": 0.5, "otel_claude.cost.status": status}
    (call,) = calls([make_span(attributes=attributes)])
    assert (call.cost_usd, call.cost_status) == (0.5, "estimated")


def test_a_cost_without_tokens_stays_as_it_is(make_span):
    bare = make_span({"gen_ai.usage.cost.amount": 5.0})
    kept = {name: value for name, value in bare.attributes.items() if "tokens" not in name}
    (call,) = calls([replace(bare, attributes=kept)], Pricing(HALF, "anew"))
    assert call.cost_usd == 5.0


COUNTS = st.integers(0, 200_000)


@given(
    usage=st.fixed_dictionaries(
        {
            "input_tokens": COUNTS,
            "cache_read_tokens": COUNTS,
            "cache_write_5m_tokens": COUNTS,
            "cache_write_1h_tokens": COUNTS,
            "output_tokens": COUNTS,
            "web_search_requests": st.integers(0, 20),
            "service_tier": st.sampled_from(["standard", "batch", "priority"]),
            "inference_geo": st.sampled_from([None, "us", "global"]),
            "speed": st.sampled_from([None, "standard", "fast"]),
        }
    ).map(lambda said: Usage(**said)),
    model=st.sampled_from(["claude-haiku-5-5", "claude-opus-5-5", "claude-sonnet-5-5"]),
)
def test_repriced_with_the_same_rates_a_call_costs_what_it_did(make_span, usage, model):
    recorded = price(usage, model=model, at=AT)
    (call,) = calls([span_of(make_span, usage, recorded, model)], Pricing(None, "anew"))
    assert call.cost_usd == pytest.approx(recorded.amount)
