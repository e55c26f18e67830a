from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import genai_prices
import pytest
from genai_prices import data_snapshot
from genai_prices.types import ClauseEquals, ModelInfo, ModelPrice, Provider, Tier, TieredPrices

from otel_claude.models import MODELS, Model, find
from otel_claude.rates import (
    RATE_TABLE,
    TABLE_DATE,
    TABLE_LIFETIME,
    Overrides,
    Quote,
    RateRow,
    Rates,
    age_notice,
    bands_on,
    listed_rows,
    rates_at,
)

TODAY = date(2026, 11, 20)


def quote(model_id: str, at: date = TODAY, **options: object) -> Quote:
    found = rates_at(model_id, at, **{"prompt_tokens": 1000, **options})  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_every_model_has_rates_from_its_first_day_on(model: Model) -> None:
    rows = [row for row in RATE_TABLE if row.model_id == model.id and row.speed == "standard"]
    assert any(row.valid_from == model.released and row.over_prompt_tokens == 0 for row in rows)


@pytest.mark.parametrize("row", RATE_TABLE, ids=lambda row: f"{row.model_id}-{row.valid_from}")
def test_a_row_is_for_a_known_model_and_lists_plausible_rates(row: RateRow) -> None:
    model = find(row.model_id)
    assert model is not None
    assert model.id == row.model_id
    rates = row.rates
    before_claude_3 = rates.cache_read is None
    per_input = 3 if before_claude_3 else 3.75 if row.over_prompt_tokens == 200_000 else 5
    assert rates.output == pytest.approx(rates.input * per_input)
    if rates.cache_read is not None:
        assert rates.cache_write_5m is not None
        assert rates.cache_write_1h == rates.input * 2
        haiku_3 = row.model_id == "claude-3-haiku-20240307"
        assert rates.cache_write_5m == pytest.approx(rates.input * (1.2 if haiku_3 else 1.25))
        assert rates.cache_read / rates.input == pytest.approx(0.12 if haiku_3 else 0.1) or (
            rates.cache_read / rates.input in {0.05, 0.025}
        )


def test_the_rows_of_a_model_follow_each_other_without_gap_or_overlap() -> None:
    for model in MODELS:
        rows = [
            r
            for r in RATE_TABLE
            if r.model_id == model.id and r.speed == "standard" and not r.over_prompt_tokens
        ]
        rows.sort(key=lambda row: row.valid_from or date.min)
        assert all(earlier.valid_until == later.valid_from for earlier, later in pairwise(rows))


def test_sonnet_5_5_reads_from_the_cache_at_half_the_price_from_october_7() -> None:
    before, after = (
        quote("claude-sonnet-5-5", date(2026, 10, 6)),
        quote("claude-sonnet-5-5", date(2026, 10, 7)),
    )
    assert (before.row.rates.cache_read, before.version) == (0.20, "2026-09-28")
    assert (after.row.rates.cache_read, after.version) == (0.10, "2026-10-07")


def test_days_change_at_midnight_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    still_the_6th = datetime(2026, 10, 7, 8, 59, tzinfo=tokyo)
    already_the_7th = datetime(2026, 10, 7, 9, 0, tzinfo=tokyo)
    assert quote("claude-sonnet-5-5", still_the_6th).row.rates.cache_read == 0.20
    assert quote("claude-sonnet-5-5", already_the_7th).row.rates.cache_read == 0.10
    assert quote("claude-sonnet-5-5", datetime(2026, 10, 7)).row.rates.cache_read == 0.10


@pytest.mark.parametrize(
    ("model_id", "at", "prompt", "input_rate"),
    [
        ("claude-haiku-5-5", TODAY, 100_000, 0.10),
        ("claude-haiku-5-5", TODAY, 100_001, 0.50),
        ("claude-haiku-5-5", TODAY, 0, 0.10),
        ("claude-opus-4-6", date(2026, 3, 12), 200_000, 5),
        ("claude-opus-4-6", date(2026, 3, 12), 200_001, 10),
        ("claude-opus-4-6", date(2026, 3, 13), 200_001, 5),
        ("claude-sonnet-4-5", date(2026, 4, 29), 200_001, 6),
        ("claude-sonnet-4-5", date(2026, 4, 30), 200_001, 3),
        ("claude-sonnet-4-0", date(2025, 8, 11), 200_001, 3),
        ("claude-sonnet-4-0", date(2025, 8, 12), 200_001, 6),
        ("claude-sonnet-5-5", TODAY, 900_000, 2),
    ],
)
def test_the_prompts_length_selects_the_band(model_id: str, at: date, prompt: int, input_rate: float) -> None:
    assert quote(model_id, at, prompt_tokens=prompt).row.rates.input == input_rate


@pytest.mark.parametrize(
    ("model_id", "at", "output_rate", "doubt"),
    [
        ("claude-opus-5-5", TODAY, 40, None),
        ("claude-fable-5-2", TODAY, 80, None),
        ("claude-mythos-5-2", TODAY, 80, "rates_unsure"),
        ("claude-opus-4-8", date(2026, 11, 29), 50, None),
        ("claude-opus-4-8", date(2026, 11, 30), 50, "rates_unsure"),
        ("claude-opus-4-7", date(2026, 7, 23), 150, None),
        ("claude-haiku-4-5", TODAY, 5, "rates_unsure"),
    ],
)
def test_fast_rates_are_those_of_the_day_or_in_doubt(
    model_id: str, at: date, output_rate: float, doubt: str | None
) -> None:
    found = quote(model_id, at, speed="fast")
    assert (found.row.rates.output, found.doubt) == (output_rate, doubt)


def test_a_call_from_before_the_first_row_gets_that_row_in_doubt() -> None:
    found = quote("claude-haiku-5-5", date(2026, 10, 6), prompt_tokens=100_001)
    assert (found.row.rates.input, found.doubt) == (0.50, "rates_unsure")


def test_a_call_long_after_the_table_was_checked_is_in_doubt() -> None:
    last_day = TABLE_DATE + TABLE_LIFETIME
    assert quote("claude-opus-5-5", last_day).doubt is None
    assert quote("claude-opus-5-5", last_day + timedelta(days=1)).doubt == "rates_old"


def test_the_age_of_the_table_is_told_from_the_first_day_on_which_calls_are_in_doubt() -> None:
    last_day = TABLE_DATE + TABLE_LIFETIME
    assert age_notice(last_day) is None
    assert "91 days ago" in (age_notice(last_day + timedelta(days=1)) or "")


def fast_again(starts: date, until: date | None = None) -> RateRow:
    return RateRow("claude-opus-4-8", Rates(1, 1, 1, 1, 2), starts, "news", until, speed="fast")


def test_between_rows_the_nearest_day_counts_in_doubt() -> None:
    overrides = Overrides(rows=(fast_again(date(2027, 1, 31)),), rows_checked=date(2027, 1, 31))
    fast = [
        quote("claude-opus-4-8", day, speed="fast", overrides=overrides)
        for day in (date(2026, 11, 29), date(2026, 12, 1), date(2027, 1, 30), date(2027, 1, 31))
    ]
    assert [found.row.rates.output for found in fast] == [50, 50, 2, 2]
    assert [found.doubt for found in fast] == [None, "rates_unsure", "rates_unsure", None]


def test_newer_rows_leave_other_models_and_speeds_to_the_table() -> None:
    overrides = Overrides(rows=(fast_again(date(2026, 11, 1)),))
    assert quote("claude-opus-4-8", speed="fast", overrides=overrides).source == "override"
    assert quote("claude-opus-4-8", overrides=overrides).source == "table"
    assert quote("claude-opus-5-5", speed="fast", overrides=overrides).source == "table"


def test_of_the_tables_own_rows_those_that_newer_ones_replace_end_before() -> None:
    row = RateRow("claude-sonnet-5-5", Rates(1, 1, 1, 1, 1), date(2026, 11, 1), "news")
    listed = listed_rows("claude-sonnet-5-5", Overrides(rows=(row,)))
    assert [(each.row.valid_from, each.row.valid_until, each.source) for each in listed] == [
        (date(2026, 9, 28), date(2026, 10, 7), "table"),
        (date(2026, 10, 7), date(2026, 11, 1), "table"),
        (date(2026, 11, 1), None, "override"),
    ]


def test_rows_that_overlap_are_refused() -> None:
    rows = (fast_again(date(2026, 11, 1), date(2026, 12, 2)), fast_again(date(2026, 12, 1)))
    with pytest.raises(ValueError, match="two fast rows apply on 2026-12-01"):
        Overrides(rows=rows)


def test_a_model_nobody_knows_has_no_rates() -> None:
    assert rates_at("claude-zebra-1", TODAY, prompt_tokens=1) is None
    assert rates_at("", TODAY, prompt_tokens=1) is None


def test_an_unknown_model_never_gets_the_rates_of_one_whose_id_begins_its_own() -> None:
    assert rates_at("claude-opus-4-10", TODAY, prompt_tokens=1) is None
    assert rates_at("claude-3-haiku-next", TODAY, prompt_tokens=1) is None


@pytest.fixture
def newer_genai_prices() -> Iterator[None]:
    """genai-prices as it could be after an update: it knows a model that we do not."""
    model = ModelInfo(
        id="claude-opus-9",
        match=ClauseEquals("claude-opus-9"),
        prices=ModelPrice(
            input_mtok=TieredPrices(Decimal("7"), [Tier(300_000, Decimal("9"))]),
            cache_read_mtok=Decimal("0.7"),
            output_mtok=Decimal("35"),
        ),
    )
    provider = Provider("anthropic", "Anthropic", "https://api\\.anthropic\\.com", models=[model])
    data_snapshot.set_custom_snapshot(data_snapshot.DataSnapshot([provider], from_auto_update=True))
    bands_on.cache_clear()
    yield
    data_snapshot.set_custom_snapshot(None)
    bands_on.cache_clear()


def test_a_model_that_only_genai_prices_knows_is_quoted_from_there(newer_genai_prices: None) -> None:
    short = quote("us.anthropic.claude-opus-9", prompt_tokens=300_000)
    long = quote("claude-opus-9", prompt_tokens=300_001)
    assert (short.source, short.doubt) == ("genai-prices", "rates_unsure")
    assert short.row.rates == Rates(7, None, None, 0.7, 35)
    assert long.row.rates == Rates(9, None, None, 0.7, 35)


def test_a_known_model_is_quoted_from_the_table_whatever_genai_prices_says(newer_genai_prices: None) -> None:
    assert quote("claude-opus-5-5").source == "table"


def test_overrides_come_before_the_table_from_their_day_on() -> None:
    overrides = Overrides(
        date(2026, 11, 1),
        rates={"us.anthropic.claude-opus-5-5": Rates(3, 3.75, 6, 0.15, 15)},
        multipliers={"claude-haiku-4-5-20251001": 0.5, "*": 0.9},
    )
    own = quote("claude-opus-5-5", overrides=overrides)
    assert (own.row.rates.output, own.source, own.version) == (15, "override", "2026-11-01")
    assert quote("claude-opus-5-5", date(2026, 11, 1), overrides=overrides).row.rates.output == 15
    assert quote("claude-opus-5-5", date(2026, 10, 31), overrides=overrides).row.rates.output == 20
    assert quote("claude-haiku-4-5", overrides=overrides).row.rates.output == 2.5
    assert quote("claude-sonnet-5-5", overrides=overrides).per_token == (
        1_800_000_000,
        2_250_000_000,
        3_600_000_000,
        90_000_000,
        9_000_000_000,
    )
    assert quote("claude-opus-5-5", speed="fast", overrides=overrides).row.rates.output == 36


def test_overrides_give_rates_to_a_model_that_nobody_else_knows() -> None:
    overrides = Overrides(date(2026, 1, 1), rates={"in-house-claude": Rates(1, None, None, None, 2)})
    found = quote("in-house-claude", overrides=overrides)
    assert (found.row.rates.input, found.doubt) == (1, None)


@pytest.mark.parametrize("number", [-0.1, float("nan"), float("inf"), 1e300, 10**400, 1.1e9])
def test_overrides_refuse_what_is_no_rate(number: float) -> None:
    with pytest.raises(ValueError, match=r"claude-opus-5-5: .* give a number of 0 or more"):
        Overrides(TODAY, multipliers={"claude-opus-5-5": number})
    with pytest.raises(ValueError, match="claude-opus-5-5"):
        Overrides(TODAY, rates={"claude-opus-5-5": Rates(1, 1, 1, number, 1)})


CHECKED_AGAINST = "0.2.3"
"""The version of genai-prices of which the two tables below are complete. Python 3.10 gets older ones only."""


def release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


MISSING = {
    "claude-mythos-5-1": "limited availability",
    "claude-mythos-5": "limited availability",
    "claude-mythos-preview": "limited availability",
    "claude-instant-1.2": "older than its data",
    "claude-1.3": "has it under its name on Bedrock, claude-v1",
}
"""Models that genai-prices does not have."""

DISAGREEMENTS = {
    ("claude-sonnet-5-5", date(2026, 9, 28), "standard", 1): "has the cache read of October 7 for all days",
    (
        "claude-3-5-haiku-20241022",
        date(2024, 11, 4),
        "standard",
        1,
    ): "has the rates of 2024-12-03 for all days",
    (
        "claude-sonnet-4-0",
        date(2025, 8, 12),
        "standard",
        200_001,
    ): "never had the premium over 200,000 tokens",
    ("claude-sonnet-4-5", TODAY, "standard", 200_001): "never ended the premium, which ended on 2026-04-30",
    ("claude-opus-4-7", date(2026, 4, 16), "fast", 1): "dropped the fast rates when fast mode ended",
    ("claude-opus-4-6", date(2026, 2, 7), "fast", 1): "dropped the fast rates when fast mode ended",
    ("claude-opus-4-6", date(2026, 2, 7), "fast", 200_001): "dropped the fast rates when fast mode ended",
}
"""Model, day, speed and prompt for which genai-prices quotes other rates than we do, and what is wrong there."""


def genai_rates(info: ModelInfo, day: date, speed: str, prompt: int) -> tuple[float | None, ...]:
    at = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    prices = info.get_prices(at, {"speed": "fast"} if speed == "fast" else None)
    found: list[float | None] = []
    for name in ("input_mtok", "cache_write_mtok", "cache_write_1h_mtok", "cache_read_mtok", "output_mtok"):
        value = getattr(prices, name)
        if isinstance(value, TieredPrices):
            over = [tier.price for tier in value.tiers if prompt > tier.start]
            value = over[-1] if over else value.base
        found.append(None if value is None else float(value))
    return tuple(found)


@pytest.mark.skipif(
    release(genai_prices.__version__) < release(CHECKED_AGAINST),
    reason="an older genai-prices lacks newer models",
)
def test_our_table_and_genai_prices_differ_only_as_listed_here() -> None:
    cases = {
        (row.model_id, row.valid_from or TODAY, row.speed, row.over_prompt_tokens + 1) for row in RATE_TABLE
    }
    cases |= {(model.id, TODAY, "standard", prompt) for model in MODELS for prompt in (1, 100_001, 200_001)}
    missing, differing = set(), set()
    for model_id, day, speed, prompt in cases:
        try:
            _, info = data_snapshot.get_snapshot().find_provider_model(model_id, None, "anthropic", None)
        except LookupError:
            missing.add(model_id)
            continue
        ours = quote(model_id, day, speed=speed, prompt_tokens=prompt).row.rates
        if tuple(ours) != genai_rates(info, day, speed, prompt):
            differing.add((model_id, day, speed, prompt))
    assert missing <= MISSING.keys()
    assert differing <= DISAGREEMENTS.keys()
    if genai_prices.__version__ == CHECKED_AGAINST:
        assert (missing, differing) == (MISSING.keys(), DISAGREEMENTS.keys())
