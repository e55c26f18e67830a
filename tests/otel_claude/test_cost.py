from datetime import date, datetime, timezone
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_claude import attributes as names
from otel_claude.cost import REASONS, Cost, Reason, price, unpriced
from otel_claude.models import MODELS
from otel_claude.rates import RATE_TABLE, Overrides
from otel_claude.usage import Iteration, Usage

TODAY = date(2026, 11, 20)


def cost(usage: Usage, model: str = "claude-sonnet-5-5", at: date = TODAY, **options: object) -> Cost:
    return price(usage, model=model, at=at, **options)  # type: ignore[arg-type]


def parts(of: Cost) -> tuple[float, ...]:
    return (of.input, of.cache_read, of.cache_write_5m, of.cache_write_1h, of.output, of.server_tools)


CACHED = Usage(
    input_tokens=1_000,
    cache_read_tokens=50_000,
    cache_write_5m_tokens=4_000,
    cache_write_1h_tokens=2_000,
    output_tokens=600,
)


# By hand. Money in USD; MTok is 1,000,000 tokens.


def test_sonnet_5_5_with_reads_and_both_kinds_of_writes() -> None:
    found = cost(CACHED)
    assert parts(found) == (
        0.002,  # 1,000 x $2 / MTok
        0.005,  # 50,000 x $0.10
        0.01,  # 4,000 x $2.50
        0.008,  # 2,000 x $4
        0.006,  # 600 x $10
        0.0,
    )
    assert found.amount == 0.031
    # Uncached, the 56,000 cached tokens would have cost 56,000 x $2 = $0.112 instead of $0.023.
    assert found.cache_savings == 0.089
    assert (found.status, found.reason) == ("exact", None)
    assert (found.rates_version, found.rates_source) == ("2026-10-07", "table")


def test_writes_that_nobody_reads_are_a_loss() -> None:
    # 2,000 x ($2 - $4) / MTok
    assert cost(Usage(cache_write_1h_tokens=2_000, output_tokens=0)).cache_savings == -0.004


def test_haiku_5_5_at_100_000_prompt_tokens_pays_the_lower_rates() -> None:
    usage = Usage(
        input_tokens=10_000, cache_read_tokens=80_000, cache_write_5m_tokens=10_000, output_tokens=2_000
    )
    found = cost(usage, "claude-haiku-5-5")
    # 10,000 x $0.10; 80,000 x $0.01; 10,000 x $0.125; 2,000 x $0.50
    assert parts(found) == (0.001, 0.0008, 0.00125, 0.0, 0.001, 0.0)
    assert found.amount == 0.00405


def test_haiku_5_5_at_100_001_prompt_tokens_pays_five_times_for_every_token() -> None:
    usage = Usage(
        input_tokens=10_001, cache_read_tokens=80_000, cache_write_5m_tokens=10_000, output_tokens=2_000
    )
    found = cost(usage, "claude-haiku-5-5")
    # 10,001 x $0.50; 80,000 x $0.05; 10,000 x $0.625; 2,000 x $2.50
    assert parts(found) == (0.0050005, 0.004, 0.00625, 0.0, 0.005, 0.0)
    assert found.amount == 0.0202505
    assert found.status == "exact"


def test_fable_5_2() -> None:
    # 1,000 x $8; 50,000 x $0.20; 4,000 x $10; 2,000 x $16; 600 x $40
    found = cost(CACHED, "claude-fable-5-2")
    assert parts(found) == (0.008, 0.01, 0.04, 0.032, 0.024, 0.0)
    assert found.amount == 0.114


@pytest.mark.parametrize(("day", "read"), [(6, 0.01), (7, 0.005)])  # 50,000 x $0.20, then x $0.10
def test_sonnet_5_5_reads_at_half_price_from_october_7(day: int, read: float) -> None:
    found = cost(CACHED, at=datetime(2026, 10, day, 12, tzinfo=timezone.utc))
    assert found.cache_read == read
    assert found.status == "exact"


def test_a_retired_model_is_still_priced() -> None:
    # 1,000 x $15; 600 x $75
    found = cost(Usage(1_000, output_tokens=600), "anthropic.claude-3-opus-20240229-v1:0")
    assert (found.amount, found.status) == (0.06, "exact")


def test_an_unknown_model_is_unpriced_and_not_free() -> None:
    found = cost(CACHED, "claude-zebra-1")
    assert (found.amount, found.status, found.reason) == (None, "unpriced", "unknown_model")
    assert found.bucket is None


def test_a_batch_pays_half_for_tokens_and_in_full_for_searches() -> None:
    usage = CACHED._replace(service_tier="batch", web_search_requests=3)
    # Half of each part; 3 x $10 / 1,000
    found = cost(usage)
    assert parts(found) == (0.001, 0.0025, 0.005, 0.004, 0.003, 0.03)
    assert found.amount == 0.0455
    assert found.cache_savings == 0.0445


@pytest.mark.parametrize(
    ("model", "amount"),
    [
        ("claude-sonnet-4-6", 0.0198),  # (1,000 x $3 + 1,000 x $15) x 1.1
        ("claude-sonnet-4-5", 0.018),  # older than 4.6: no premium
    ],
)
def test_inference_in_the_us_costs_a_tenth_more_from_claude_4_6_on(model: str, amount: float) -> None:
    usage = Usage(1_000, output_tokens=1_000, inference_geo="us")
    assert cost(usage, model).amount == amount


def test_fast_is_what_the_response_says_ran() -> None:
    usage = Usage(1_000, 10_000, output_tokens=1_000, speed="fast")
    # 1,000 x $8; 10,000 x $0.40; 1,000 x $40
    assert cost(usage, "claude-opus-5-5").amount == 0.052
    # 1,000 x $4; 10,000 x $0.20; 1,000 x $20
    assert cost(usage._replace(speed="standard"), "claude-opus-5-5").amount == 0.026


def test_a_batch_in_the_us_multiplies_both() -> None:
    usage = Usage(1_000, output_tokens=1_000, inference_geo="us", service_tier="batch")
    # (1,000 x $2 + 1,000 x $10) x 1.1 x 0.5
    assert cost(usage).amount == 0.0066


@pytest.mark.parametrize(
    ("requested", "amount", "reason"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.0198, None),  # $0.018 x 1.1
        ("apac.anthropic.claude-haiku-4-5-20251001-v1:0", 0.0198, None),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.018, None),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", 0.018, "endpoint_unknown"),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.0216, "rates_unsure"),  # x 1.2
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", 0.018, "endpoint_unknown"),
        (
            "projects/p/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929",
            0.0198,
            None,
        ),
        ("claude-sonnet-4-5", 0.018, None),
    ],
)
def test_the_requested_id_tells_whether_the_endpoint_was_regional(
    requested: str, amount: float, reason: str | None
) -> None:
    usage = Usage(1_000, output_tokens=1_000)
    found = cost(usage, "claude-sonnet-4-5-20250929", requested_model=requested)
    assert (found.amount, found.reason) == (amount, reason)


def test_models_before_claude_4_5_cost_the_same_in_every_region() -> None:
    found = cost(Usage(1_000, output_tokens=0), "us.anthropic.claude-3-haiku-20240307-v1:0")
    assert (found.amount, found.status) == (0.00025, "exact")


@pytest.mark.parametrize(("regional", "amount"), [(True, 0.0044), (False, 0.004)])
def test_the_caller_may_know_the_endpoint(regional: bool, amount: float) -> None:
    found = cost(Usage(1_000, output_tokens=0), "claude-opus-5-5", platform="vertex", regional=regional)
    assert (found.amount, found.status) == (amount, "exact")


# Refusals.


def test_a_refusal_before_any_output_is_free() -> None:
    found = cost(CACHED._replace(output_tokens=0), stop_reason="refusal")
    assert (found.amount, found.status, sum(parts(found))) == (0.0, "exact", 0)
    assert found.attributes()[names.COST_AMOUNT] == 0.0


def test_a_refusal_after_some_output_is_billed() -> None:
    assert cost(CACHED, stop_reason="refusal").amount == 0.031


def test_prewarming_without_output_is_billed() -> None:
    assert cost(CACHED._replace(output_tokens=0), stop_reason="max_tokens").amount == 0.025


def test_refusals_were_billed_until_june_1_and_may_be_on_clouds() -> None:
    usage = Usage(1_000, output_tokens=0)
    assert cost(usage, "claude-opus-4-8", date(2026, 6, 1), stop_reason="refusal").amount == 0.005
    assert cost(usage, "claude-opus-4-8", date(2026, 6, 2), stop_reason="refusal").amount == 0.0
    found = cost(usage, "global.anthropic.claude-opus-4-8", stop_reason="refusal")
    assert (found.amount, found.reason) == (0.005, "rates_unsure")


# Iterations. The usage's own counts are those of the messages of the model that served.


def message(
    input_tokens: int, output_tokens: int, model: str | None = None, kind: str = "message"
) -> Iteration:
    return Iteration(kind, model, input_tokens, output_tokens=output_tokens)


def test_a_compaction_is_billed_beside_the_message() -> None:
    usage = Usage(
        1_000, output_tokens=100, iterations=(message(160_000, 3_000, kind="compaction"), message(1_000, 100))
    )
    # 161,000 x $4; 3,100 x $20
    found = cost(usage, "claude-opus-5-5")
    assert parts(found) == (0.644, 0.0, 0.0, 0.0, 0.062, 0.0)
    assert found.status == "exact"


def test_an_advisor_is_billed_at_its_own_models_rates_and_at_standard_speed() -> None:
    usage = Usage(
        3_000,
        output_tokens=300,
        speed="fast",
        iterations=(
            message(1_000, 100),
            message(5_000, 400, "claude-fable-5-2", "advisor_message"),
            message(2_000, 200),
        ),
    )
    # Opus 5.5, fast: 3,000 x $8 + 300 x $40 = $0.036; Fable 5.2: 5,000 x $8 + 400 x $40 = $0.056
    found = cost(usage, "claude-opus-5-5")
    assert (found.amount, found.status) == (0.092, "exact")


def test_a_declined_attempt_is_free_and_the_fallback_is_billed_at_its_own_rates() -> None:
    usage = Usage(
        1_000,
        output_tokens=500,
        iterations=(message(1_000, 0), message(1_000, 500, "claude-opus-5-5", "fallback_message")),
    )
    # Opus 5.5: 1,000 x $4 + 500 x $20
    found = cost(usage, "claude-opus-5-5", requested_model="claude-fable-5-2")
    assert (found.amount, found.status) == (0.014, "exact")


def test_an_attempt_that_was_declined_midway_is_billed_at_its_own_rates() -> None:
    usage = Usage(
        1_000,
        output_tokens=500,
        iterations=(message(1_000, 50), message(1_000, 500, "claude-opus-5-5", "fallback_message")),
    )
    # Fable 5.2: 1,000 x $8 + 50 x $40 = $0.010; Opus 5.5: $0.014
    assert cost(usage, "claude-opus-5-5", requested_model="claude-fable-5-2").amount == 0.024


def test_an_iteration_on_an_unknown_model_leaves_the_call_unpriced() -> None:
    usage = Usage(
        1, output_tokens=1, iterations=(message(1, 1), message(1, 1, "claude-zebra-1", "advisor_message"))
    )
    assert cost(usage).reason == "unknown_model"


def test_an_iteration_of_an_unknown_kind_is_billed_as_an_estimate() -> None:
    usage = Usage(1_000, output_tokens=0, iterations=(message(1_000, 0), message(500, 0, kind="rehearsal")))
    found = cost(usage)
    assert (found.amount, found.reason) == (0.003, "usage_incomplete")


def test_turns_of_one_model_are_billed_as_the_usage_sums_them() -> None:
    turns = (message(1_000, 100), message(2_000, 200, "claude-sonnet-5-5"))
    assert cost(Usage(3_000, output_tokens=300, iterations=turns)) == cost(Usage(3_000, output_tokens=300))


@pytest.mark.parametrize(
    ("turns", "extra", "reason"),
    [
        ((message(60_000, 1), message(60_000, 1)), (), "band_ambiguous"),
        ((message(60_000, 1), message(60_000, 1)), (message(10, 1, kind="compaction"),), "band_ambiguous"),
        ((message(10_000, 1), message(110_000, 1)), (), None),
        ((message(120_000, 2),), (), None),
    ],
)
def test_a_band_that_only_several_prompts_together_reach_is_ambiguous(
    turns: tuple[Iteration, ...], extra: tuple[Iteration, ...], reason: str | None
) -> None:
    usage = Usage(120_000, output_tokens=2, iterations=turns + extra)
    found = cost(usage, "claude-haiku-5-5")
    assert found.reason == reason
    assert found.input == pytest.approx(120_000 * 0.5e-6 + sum(each.input_tokens for each in extra) * 0.1e-6)


def test_a_long_prompt_with_searches_and_without_iterations_is_ambiguous() -> None:
    usage = Usage(120_000, output_tokens=2, web_search_requests=1)
    assert cost(usage, "claude-haiku-5-5").reason == "band_ambiguous"
    assert cost(usage._replace(input_tokens=100_000), "claude-haiku-5-5").reason is None
    assert cost(usage, "claude-opus-5-5").reason is None


# Estimates.


@pytest.mark.parametrize("usage", [CACHED._replace(output_tokens=1), CACHED._replace(output_tokens=None)])
def test_a_stream_that_was_cut_short_has_its_input_priced_and_no_placeholder(usage: Usage) -> None:
    found = cost(usage, complete=False)
    assert (found.amount, found.output) == (0.025, 0.0)
    assert (found.status, found.reason) == ("estimated", "stream_cut_short")


def test_an_unknown_output_is_a_stream_that_was_cut_short() -> None:
    assert cost(CACHED._replace(output_tokens=None)).reason == "stream_cut_short"


@pytest.mark.parametrize(("written", "reason"), [(10, "ttl_split_missing"), (0, None)])
def test_an_unknown_split_matters_only_if_something_was_written(written: int, reason: str | None) -> None:
    usage = Usage(1, cache_write_5m_tokens=written, output_tokens=1, ttl_split_known=False)
    assert cost(usage).reason == reason


def test_the_priority_tier_is_never_silently_priced_by_the_list() -> None:
    found = cost(CACHED._replace(service_tier="priority"))
    assert (found.amount, found.reason) == (0.031, "priority_tier")


def test_rates_that_are_not_confirmed_make_an_estimate() -> None:
    assert cost(Usage(1, output_tokens=1), "claude-3-sonnet-20240229").reason == "rates_unsure"
    assert cost(Usage(1, output_tokens=1), "claude-opus-5-5", date(2026, 9, 21)).reason == "rates_unsure"
    assert cost(Usage(1, output_tokens=1), "claude-opus-5-5", date(2028, 1, 1)).reason == "rates_old"


def test_tokens_for_which_there_are_no_rates_leave_the_call_unpriced() -> None:
    assert cost(Usage(1, 1, output_tokens=1), "claude-2.1").reason == "unknown_model"
    assert cost(Usage(1_000, output_tokens=0), "claude-2.1").amount == 0.008


def test_a_response_without_a_usage_is_unpriced_and_one_with_half_of_it_an_estimate() -> None:
    assert cost(Usage.of_response(None)).status == "unpriced"
    half = cost(Usage.of_response({"output_tokens": 1_000}))
    assert (half.amount, half.reason) == (0.01, "usage_incomplete")


def test_of_several_reasons_the_first_of_the_list_is_named() -> None:
    usage = CACHED._replace(ttl_split_known=False, service_tier="priority")
    assert cost(usage, "claude-3-sonnet-20240229").reason == "priority_tier"
    assert cost(usage, complete=False).reason == "stream_cut_short"
    assert cost(usage, doubt="private_names_missing").reason == "private_names_missing"


def test_every_reason_is_explained_in_the_order_of_precedence() -> None:
    assert tuple(REASONS) == get_args(Reason)


def test_overrides_replace_the_lists_rates() -> None:
    overrides = Overrides(date(2026, 11, 1), multipliers={"*": 0.8})
    found = cost(CACHED, overrides=overrides)
    assert found.amount == 0.0248  # $0.031 x 0.8
    assert (found.status, found.rates_source, found.rates_version) == ("exact", "override", "2026-11-01")


def test_without_the_answers_model_the_requested_one_is_priced() -> None:
    assert cost(CACHED, "", requested_model="claude-sonnet-5-5").amount == 0.031


# Attributes.


def test_a_priced_cost_has_every_part_on_the_span_and_an_unpriced_one_none() -> None:
    assert cost(CACHED).attributes() == {
        names.COST_AMOUNT: 0.031,
        names.COST_CURRENCY: "USD",
        names.COST_SOURCE: "local",
        names.COST_INPUT: 0.002,
        names.COST_CACHE_READ: 0.005,
        names.COST_CACHE_WRITE_5M: 0.01,
        names.COST_CACHE_WRITE_1H: 0.008,
        names.COST_OUTPUT: 0.006,
        names.COST_SERVER_TOOLS: 0.0,
        names.COST_CACHE_SAVINGS: 0.089,
        names.COST_STATUS: "exact",
        names.COST_BUCKET: "0.01_to_0.1",
        names.RATES_VERSION: "2026-10-07",
        names.RATES_SOURCE: "table",
    }
    assert unpriced("body_not_read").attributes() == {
        names.COST_STATUS: "unpriced",
        names.COST_REASON: "body_not_read",
    }


def test_every_attribute_of_a_cost_is_in_the_registry_with_its_type() -> None:
    types = {attribute.name: attribute.type for attribute in names.REGISTRY}
    for found in (cost(CACHED), cost(CACHED, complete=False)):
        for name, value in found.attributes().items():
            assert types[name] == ("double" if isinstance(value, float) else "string")


@pytest.mark.parametrize(
    ("amount", "bucket"),
    [
        (0.0, "lt_0.001"),
        (0.000999, "lt_0.001"),
        (0.001, "0.001_to_0.01"),
        (0.01, "0.01_to_0.1"),
        (0.1, "0.1_to_1"),
        (0.999, "0.1_to_1"),
        (1.0, "ge_1"),
    ],
)
def test_a_bucket_begins_at_its_lower_bound(amount: float, bucket: str) -> None:
    assert Cost(amount=amount).bucket == bucket


# Invariants, and the formula a second time, in fractions and from the table alone.

counts = st.integers(0, 3_000_000)
usages = st.fixed_dictionaries(
    {
        "input_tokens": counts,
        "cache_read_tokens": counts,
        "cache_write_5m_tokens": counts,
        "cache_write_1h_tokens": counts,
        "output_tokens": st.integers(0, 200_000),
        "web_search_requests": st.integers(0, 50),
        "service_tier": st.sampled_from([None, "standard", "batch"]),
        "inference_geo": st.sampled_from([None, "us", "global"]),
        "speed": st.sampled_from([None, "standard", "fast"]),
    }
).map(lambda said: Usage(**said))
model_ids = st.sampled_from([model.id for model in MODELS if model.family != "claude"])
days = st.dates(date(2024, 2, 29), date(2027, 3, 1))


def second_opinion(usage: Usage, model_id: str, day: date) -> Fraction | None:
    """USD, or `None` on a day when the model was not to be had at that speed."""
    prompt = (
        usage.input_tokens
        + usage.cache_read_tokens
        + usage.cache_write_5m_tokens
        + usage.cache_write_1h_tokens
    )
    candidates = [
        row
        for row in RATE_TABLE
        if row.model_id == model_id
        and row.speed == (usage.speed or "standard")
        and row.valid_from is not None
        and row.valid_from <= day
        and (row.valid_until is None or day < row.valid_until)
        and (row.over_prompt_tokens == 0 or row.over_prompt_tokens < prompt)
    ]
    if not candidates:
        return None
    rates = max(candidates, key=lambda row: row.over_prompt_tokens).rates
    mtok = Fraction(0)
    for tokens, rate in (
        (usage.input_tokens, rates.input),
        (usage.cache_read_tokens, rates.cache_read),
        (usage.cache_write_5m_tokens, rates.cache_write_5m),
        (usage.cache_write_1h_tokens, rates.cache_write_1h),
        (usage.output_tokens, rates.output),
    ):
        mtok += Fraction(tokens or 0, 1_000_000) * Fraction(str(rate))
    if usage.service_tier == "batch":
        mtok /= 2
    if usage.inference_geo == "us" and next(m.geo_premium for m in MODELS if m.id == model_id):
        mtok *= Fraction(11, 10)
    return mtok + Fraction(usage.web_search_requests, 100)


@given(usages, model_ids, days)
def test_a_second_implementation_in_fractions_agrees_to_the_last_bit(
    usage: Usage, model: str, day: date
) -> None:
    expected = second_opinion(usage, model, day)
    if expected is not None:
        assert cost(usage, model, day).amount == float(expected)


@given(usages, model_ids, days)
def test_the_parts_sum_to_the_amount(usage: Usage, model: str, day: date) -> None:
    found = cost(usage, model, day)
    assert found.amount == pytest.approx(sum(parts(found)), rel=1e-12)
    assert min(parts(found)) >= 0


@given(usages, model_ids, st.integers(2, 9))
def test_within_a_band_twice_the_tokens_cost_twice_as_much(usage: Usage, model: str, times: int) -> None:
    if model == "claude-haiku-5-5":
        usage = usage._replace(input_tokens=usage.input_tokens + 100_001)
    scaled = usage._replace(
        input_tokens=usage.input_tokens * times,
        cache_read_tokens=usage.cache_read_tokens * times,
        cache_write_5m_tokens=usage.cache_write_5m_tokens * times,
        cache_write_1h_tokens=usage.cache_write_1h_tokens * times,
        output_tokens=(usage.output_tokens or 0) * times,
        web_search_requests=usage.web_search_requests * times,
    )
    once, more = cost(usage, model), cost(scaled, model)
    assert once.amount is not None
    assert more.amount == pytest.approx(once.amount * times, rel=1e-12)
    assert more.cache_savings == pytest.approx(once.cache_savings * times, rel=1e-12)


iterations = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["message", "compaction", "advisor_message", "fallback_message", "new"]),
        "model": st.none() | st.sampled_from(["claude-opus-5-5", "claude-haiku-5-5", "claude-zebra-1"]),
        "input_tokens": counts,
        "cache_write_5m_tokens": counts,
        "output_tokens": counts,
        "ttl_split_known": st.booleans(),
    }
).map(lambda said: Iteration(**said))


@given(
    usages,
    st.lists(iterations, max_size=4),
    st.text(max_size=30) | model_ids,
    st.none() | st.text(max_size=30) | model_ids,
    st.none() | st.sampled_from(["refusal", "end_turn"]),
    st.booleans(),
)
def test_every_call_has_an_amount_or_a_reason_why_not(
    usage: Usage,
    entries: list[Iteration],
    model: str,
    requested: str | None,
    stop: str | None,
    complete: bool,
) -> None:
    found = cost(
        usage._replace(iterations=tuple(entries)),
        model,
        requested_model=requested,
        stop_reason=stop,
        complete=complete,
    )
    assert (found.status == "exact") == (found.reason is None)
    assert (found.status == "unpriced") == (found.amount is None)
    assert found.amount is None or found.amount >= 0
