"""The table of rates: what Anthropic charges for a million tokens, from when to when, and who says so.

A *rate* is a price of one kind of token, in USD per million. A *row* is all rates of one model for a time, a
speed and a length of prompt. Rows state prices and not multipliers, because the multipliers differ: a cache
read costs 0.1 times the input on most models, 0.05 on Opus 5.5 and Sonnet 5.5, 0.025 on Fable 5.1 and 5.2.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, NamedTuple

Speed = Literal["standard", "fast"]

TABLE_DATE: Final = date(2026, 11, 20)
"""The day, UTC, on which the whole table was last held against its sources."""


class Rates(NamedTuple):
    """USD per million tokens of each kind. `None` where the model has no such tokens."""

    input: float
    """Input tokens that were neither read from nor written to the cache."""

    cache_write_5m: float | None
    cache_write_1h: float | None
    cache_read: float | None
    output: float


class RateRow(NamedTuple):
    """The rates of one model, and when they apply."""

    model_id: str
    """A `Model.id`. In a row from elsewhere it can be the base of an id that `MODELS` does not know."""

    rates: Rates
    valid_from: date | None
    """The first day, UTC. `None` where it is not known."""

    source: str
    valid_until: date | None = None
    """The first day, UTC, on which the row no longer applies, or `None`."""

    over_prompt_tokens: int = 0
    """The row applies to prompts longer than this, cached tokens included, and then to every token of the
    call. With 0 it applies wherever no row for longer prompts does."""

    speed: Speed = "standard"
    sure: bool = True
    """Whether Anthropic's own pages say so. If not, a cost from the row is an estimate."""


_PRICING = "platform.claude.com pricing, 2026-01-13 to 2026-09-26"
_RELEASE = "platform.claude.com release notes, 2026-11-09; genai-prices 0.2.3"
_HISTORY = "platform.claude.com pricing, 2026-01-28 and 2026-03-10"
_FAST = "platform.claude.com fast mode pricing, 2026-02-07 to 2026-09-26"
_HAIKU_5_5 = "platform.claude.com Haiku 5.5 overview, 2026-10-08; pricing as quoted, 2026-10-10"
_LAUNCH_5_5 = "anthropic.com, launch of Haiku 5.5, 2026-10-07"
_GENAI_PRICES = "genai-prices 0.2.3"
_RECALLED = "recalled, no copy of the page"

_OPUS_4_5 = Rates(5, 6.25, 10, 0.50, 25)
_OPUS_FAST_2X = Rates(10, 12.50, 20, 1, 50)
_OPUS_FAST_6X = Rates(30, 37.50, 60, 3, 150)
_OPUS_4 = Rates(15, 18.75, 30, 1.50, 75)
_SONNET_5 = Rates(2, 2.50, 4, 0.20, 10)
_SONNET = Rates(3, 3.75, 6, 0.30, 15)
_SONNET_LONG = Rates(6, 7.50, 12, 0.60, 22.50)
_FABLE_5_2 = Rates(8, 10, 16, 0.20, 40)
_FABLE_5_2_FAST = Rates(16, 20, 32, 0.40, 80)
_FABLE_5_1 = Rates(10, 12.50, 20, 0.25, 50)
_FABLE_5 = Rates(10, 12.50, 20, 1, 50)

RATE_TABLE: Final[tuple[RateRow, ...]] = (
    RateRow("claude-fable-5-2", _FABLE_5_2, date(2026, 11, 9), _RELEASE),
    RateRow("claude-fable-5-2", _FABLE_5_2_FAST, date(2026, 11, 9), _RELEASE, speed="fast"),
    RateRow("claude-mythos-5-2", _FABLE_5_2, date(2026, 11, 9), _RELEASE),
    RateRow("claude-mythos-5-2", _FABLE_5_2_FAST, date(2026, 11, 9), _GENAI_PRICES, speed="fast", sure=False),
    RateRow("claude-fable-5-1", _FABLE_5_1, date(2026, 9, 1), _PRICING),
    RateRow("claude-mythos-5-1", _FABLE_5_1, date(2026, 9, 1), _PRICING),
    RateRow("claude-fable-5", _FABLE_5, date(2026, 6, 9), _PRICING),
    RateRow("claude-mythos-5", _FABLE_5, date(2026, 6, 9), _PRICING),
    RateRow(
        "claude-mythos-preview",
        Rates(25, 31.25, 50, 2.50, 125),
        date(2026, 4, 7),
        "three third parties; litellm 1.109.1 for Bedrock",
        valid_until=date(2026, 6, 30),
        sure=False,
    ),
    RateRow("claude-opus-5-5", Rates(4, 5, 8, 0.20, 20), date(2026, 9, 22), _PRICING),
    RateRow("claude-opus-5-5", Rates(8, 10, 16, 0.40, 40), date(2026, 9, 22), _FAST, speed="fast"),
    RateRow("claude-opus-5", _OPUS_4_5, date(2026, 7, 24), _PRICING),
    RateRow("claude-opus-5", _OPUS_FAST_2X, date(2026, 7, 24), _FAST, speed="fast"),
    RateRow("claude-opus-4-8", _OPUS_4_5, date(2026, 5, 28), _PRICING),
    RateRow(
        "claude-opus-4-8",
        _OPUS_FAST_2X,
        date(2026, 5, 28),
        f"{_FAST}; its end from {_GENAI_PRICES}",
        valid_until=date(2026, 11, 30),
        speed="fast",
    ),
    RateRow("claude-opus-4-7", _OPUS_4_5, date(2026, 4, 16), _PRICING),
    RateRow(
        "claude-opus-4-7",
        _OPUS_FAST_6X,
        date(2026, 4, 16),
        _FAST,
        valid_until=date(2026, 7, 24),
        speed="fast",
    ),
    RateRow("claude-opus-4-6", _OPUS_4_5, date(2026, 2, 5), _PRICING),
    RateRow(
        "claude-opus-4-6",
        Rates(10, 12.50, 20, 1, 37.50),
        date(2026, 2, 5),
        _HISTORY,
        valid_until=date(2026, 3, 13),
        over_prompt_tokens=200_000,
    ),
    RateRow(
        "claude-opus-4-6",
        _OPUS_FAST_6X,
        date(2026, 2, 7),
        _FAST,
        valid_until=date(2026, 6, 29),
        speed="fast",
    ),
    RateRow(
        "claude-opus-4-6",
        Rates(60, 75, 120, 6, 225),
        date(2026, 2, 7),
        f"{_FAST}, listed for about two weeks",
        valid_until=date(2026, 2, 20),
        over_prompt_tokens=200_000,
        speed="fast",
        sure=False,
    ),
    RateRow("claude-opus-4-5", _OPUS_4_5, date(2025, 11, 24), _PRICING),
    RateRow("claude-opus-4-1", _OPUS_4, date(2025, 8, 5), _PRICING),
    RateRow("claude-opus-4-0", _OPUS_4, date(2025, 5, 22), _PRICING),
    RateRow("claude-3-opus-20240229", _OPUS_4, date(2024, 2, 29), _PRICING),
    RateRow("claude-sonnet-5-5", _SONNET_5, date(2026, 9, 28), _PRICING, valid_until=date(2026, 10, 7)),
    RateRow("claude-sonnet-5-5", Rates(2, 2.50, 4, 0.10, 10), date(2026, 10, 7), _LAUNCH_5_5),
    RateRow("claude-sonnet-5", _SONNET_5, date(2026, 6, 30), f"{_PRICING}; release notes, 2026-08-10"),
    RateRow("claude-sonnet-4-6", _SONNET, date(2026, 2, 17), _PRICING),
    RateRow(
        "claude-sonnet-4-6",
        _SONNET_LONG,
        date(2026, 2, 17),
        _HISTORY,
        valid_until=date(2026, 3, 13),
        over_prompt_tokens=200_000,
    ),
    RateRow("claude-sonnet-4-5", _SONNET, date(2025, 9, 29), _PRICING),
    RateRow(
        "claude-sonnet-4-5",
        _SONNET_LONG,
        date(2025, 9, 29),
        f"{_HISTORY}; release notes, 2026-04-30",
        valid_until=date(2026, 4, 30),
        over_prompt_tokens=200_000,
    ),
    RateRow("claude-sonnet-4-0", _SONNET, date(2025, 5, 22), _PRICING),
    RateRow(
        "claude-sonnet-4-0",
        _SONNET_LONG,
        date(2025, 8, 12),
        f"{_HISTORY}; release notes, 2026-04-30",
        valid_until=date(2026, 4, 30),
        over_prompt_tokens=200_000,
    ),
    RateRow("claude-3-7-sonnet-20250219", _SONNET, date(2025, 2, 24), _PRICING),
    RateRow("claude-3-5-sonnet-20241022", _SONNET, date(2024, 6, 20), "docs.anthropic.com pricing, 2025-08"),
    RateRow("claude-3-sonnet-20240229", _SONNET, date(2024, 2, 29), _GENAI_PRICES, sure=False),
    RateRow("claude-haiku-5-5", Rates(0.10, 0.125, 0.20, 0.01, 0.50), date(2026, 10, 7), _HAIKU_5_5),
    RateRow(
        "claude-haiku-5-5",
        Rates(0.50, 0.625, 1, 0.05, 2.50),
        date(2026, 10, 7),
        _HAIKU_5_5,
        over_prompt_tokens=100_000,
    ),
    RateRow("claude-haiku-4-5", Rates(1, 1.25, 2, 0.10, 5), date(2025, 10, 15), _PRICING),
    RateRow(
        "claude-3-5-haiku-20241022",
        Rates(1, 1.25, 2, 0.10, 5),
        date(2024, 11, 4),
        _RECALLED,
        valid_until=date(2024, 12, 3),
        sure=False,
    ),
    RateRow("claude-3-5-haiku-20241022", Rates(0.80, 1, 1.60, 0.08, 4), date(2024, 12, 3), _PRICING),
    # Rounded on the price list: a write is 1.2 times the input, a read 0.12 times.
    RateRow("claude-3-haiku-20240307", Rates(0.25, 0.30, 0.50, 0.03, 1.25), date(2024, 3, 7), _PRICING),
    RateRow("claude-2.1", Rates(8, None, None, None, 24), None, _GENAI_PRICES, sure=False),
    RateRow("claude-1.3", Rates(8, None, None, None, 24), None, _GENAI_PRICES, sure=False),
    RateRow("claude-instant-1.2", Rates(0.80, None, None, None, 2.40), None, _RECALLED, sure=False),
)
"""Every row, by model and, within one, by date."""
