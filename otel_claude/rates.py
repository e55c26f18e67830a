"""Which rates apply to a call: a quote for a model, a day, a speed and a length of prompt.

A *quote* is a row of rates with where it comes from and whether there is doubt about it. Rows come, in this
order, from the user's *overrides*, from `RATE_TABLE`, and, for a model that `MODELS` does not know, from the
genai-prices package. Where none of them has rates, there is no quote: nothing is guessed from a similar id.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Final, Literal

from otel_claude._rate_table import RATE_TABLE, TABLE_DATE, RateRow, Rates, Speed
from otel_claude.models import find, parse_id, undated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genai_prices.types import ModelPrice

__all__ = [
    "RATE_TABLE",
    "TABLE_DATE",
    "TABLE_LIFETIME",
    "Overrides",
    "Quote",
    "RateRow",
    "Rates",
    "RatesSource",
    "Speed",
    "bands_on",
    "quote_for",
    "rates_at",
    "utc_day",
]

RatesSource = Literal["table", "genai-prices", "override"]

TABLE_LIFETIME: Final = timedelta(days=180)
"""How long after `TABLE_DATE` a row without an end still counts as known. Models have been repriced within
weeks, but most of them never."""

EVERY_MODEL: Final = "*"
_FEMTO_PER_MTOK: Final = 10**9
"""1 USD per million tokens, in femto-USD (1e-15) per token."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The rates that apply to a call."""

    row: RateRow
    source: RatesSource
    version: str
    """The ISO date from which the row, or the override, is in force. Of a row that says none: the date of the
    table, or the version of genai-prices."""

    doubt: Literal["rates_unsure", "rates_old"] | None
    """Why a cost from this quote is an estimate, or `None`."""

    per_token: tuple[int, int | None, int | None, int | None, int] = field(repr=False)
    """The rates as whole femto-USD (1e-15) per token, in the order of the fields of `Rates`."""


@dataclass(frozen=True, slots=True, eq=False)
class Overrides:
    """The rates that a user pays where they are not the list's.

    A model may be written as any of its ids. Raises `ValueError` for a rate or multiplier that is negative or
    not finite.
    """

    dated: date
    """The first UTC day on which they are in force. It is the version of the rates."""

    rates: Mapping[str, Rates] = field(default_factory=dict)
    """Rates by model, for every length of prompt at standard speed."""

    multipliers: Mapping[str, float] = field(default_factory=dict)
    """What to multiply the list's rates by, by model; `*` is every model that has no entry of its own. Rates
    in `rates` are not multiplied."""

    def __post_init__(self) -> None:
        for model_id, rates in self.rates.items():
            for rate in (
                rates.input,
                rates.cache_write_5m,
                rates.cache_write_1h,
                rates.cache_read,
                rates.output,
            ):
                _check(model_id, rate)
        for model_id, multiplier in self.multipliers.items():
            _check(model_id, multiplier)
        object.__setattr__(self, "rates", {_key(k): v for k, v in self.rates.items()})
        object.__setattr__(self, "multipliers", {_key(k): v for k, v in self.multipliers.items()})


def _check(model_id: str, number: float | None) -> None:
    if number is not None and not (isfinite(number) and number >= 0):
        raise ValueError(f"{model_id}: {number} is no rate or multiplier; give a number of 0 or more")


def _key(model_id: str) -> str:
    model = find(model_id)
    return model.id if model is not None else undated(parse_id(model_id).base)


def utc_day(at: date) -> date:
    """The UTC day of `at`, a date or a datetime. A datetime without a time zone is taken for UTC."""
    if isinstance(at, datetime):
        return (at.astimezone(timezone.utc) if at.tzinfo is not None else at).date()
    return at


def rates_at(
    model_id: str,
    at: date,
    *,
    prompt_tokens: int,
    speed: str = "standard",
    overrides: Overrides | None = None,
) -> Quote | None:
    """The rates for a call to `model_id`, in any spelling, on the UTC day of `at` (a date or a datetime).

    `prompt_tokens` counts cached tokens too; it selects the band, as `speed` (`standard` or `fast`) selects
    the rows. A call dated before a model's first row, or after its last, gets the nearest one; a fast call to
    a model without rates for that gets the standard ones: both with the doubt `rates_unsure`. Never raises
    for lack of rates.
    """
    bands = bands_on(model_id, utc_day(at), speed, overrides)
    return quote_for(bands, prompt_tokens) if bands else None


def quote_for(bands: tuple[Quote, ...], prompt_tokens: int) -> Quote:
    """The one of `bands`, as `bands_on` gives them, for a prompt of this length."""
    for quote in bands:
        if prompt_tokens > quote.row.over_prompt_tokens:
            return quote
    return bands[-1]


@lru_cache(maxsize=1024)
def bands_on(model_id: str, day: date, speed: str, overrides: Overrides | None) -> tuple[Quote, ...]:
    """A quote for each length of prompt, the longest first; empty where there are no rates.

    The first question for an unknown model imports genai-prices, which takes 0.2 s.
    """
    key = _key(model_id)
    fast: Speed = "fast" if speed == "fast" else "standard"
    if overrides is not None and day < overrides.dated:
        overrides = None
    if overrides is not None and fast == "standard" and (own := overrides.rates.get(key)) is not None:
        row = RateRow(key, own, overrides.dated, "the user's override")
        return (_quote(row, "override", overrides.dated.isoformat(), None),)
    bands = _from_table(key, day, fast) if key in _ROWS else _from_genai_prices(key, day, fast)
    if overrides is None:
        return bands
    multiplier = overrides.multipliers.get(key, overrides.multipliers.get(EVERY_MODEL))
    if multiplier is None:
        return bands
    return tuple(
        _quote(
            replace(quote.row, rates=_multiplied(quote.row.rates, multiplier)),
            "override",
            overrides.dated.isoformat(),
            quote.doubt,
        )
        for quote in bands
    )


def _quote(
    row: RateRow,
    source: RatesSource,
    version: str,
    doubt: Literal["rates_unsure", "rates_old"] | None,
) -> Quote:
    rates = row.rates
    per_token = (
        round(rates.input * _FEMTO_PER_MTOK),
        None if rates.cache_write_5m is None else round(rates.cache_write_5m * _FEMTO_PER_MTOK),
        None if rates.cache_write_1h is None else round(rates.cache_write_1h * _FEMTO_PER_MTOK),
        None if rates.cache_read is None else round(rates.cache_read * _FEMTO_PER_MTOK),
        round(rates.output * _FEMTO_PER_MTOK),
    )
    return Quote(row, source, version, doubt, per_token)


def _multiplied(rates: Rates, by: float) -> Rates:
    return Rates(
        rates.input * by,
        None if rates.cache_write_5m is None else rates.cache_write_5m * by,
        None if rates.cache_write_1h is None else rates.cache_write_1h * by,
        None if rates.cache_read is None else rates.cache_read * by,
        rates.output * by,
    )


def _rows_by_model() -> dict[str, tuple[RateRow, ...]]:
    rows: dict[str, tuple[RateRow, ...]] = {}
    for row in RATE_TABLE:
        rows[row.model_id] = (*rows.get(row.model_id, ()), row)
    return rows


_ROWS: Final = _rows_by_model()


def _from_table(key: str, day: date, speed: Speed) -> tuple[Quote, ...]:
    rows = [row for row in _ROWS[key] if row.speed == speed]
    no_such_speed = not rows
    if no_such_speed:
        rows = [row for row in _ROWS[key] if row.speed == "standard"]
    effective = _within(day, [row for row in rows if row.over_prompt_tokens == 0])
    in_force = [row for row in rows if _starts(row) <= effective < _ends(row)]
    in_force.sort(key=lambda row: row.over_prompt_tokens, reverse=True)
    outside = no_such_speed or effective != day
    old = day > TABLE_DATE + TABLE_LIFETIME
    return tuple(
        _quote(
            row,
            "table",
            (row.valid_from or TABLE_DATE).isoformat(),
            "rates_unsure" if outside or not row.sure else "rates_old" if old else None,
        )
        for row in in_force
    )


def _starts(row: RateRow) -> date:
    return row.valid_from or date.min


def _ends(row: RateRow) -> date:
    return row.valid_until or date.max


def _within(day: date, rows: list[RateRow]) -> date:
    """The day nearest to `day` on which one of `rows`, which follow each other without a gap, is in force."""
    first, end = min(map(_starts, rows)), max(map(_ends, rows))
    return max(first, min(day, end - timedelta(days=1)))


def _from_genai_prices(key: str, day: date, speed: Speed) -> tuple[Quote, ...]:
    """Quotes from genai-prices, in doubt because nobody held them against Anthropic's pages for this table.

    The package finds models by prefixes too, so that `claude-opus-4-10` would get the rates of 4.1: an answer
    counts only if it is for the very model that was asked for. Whatever fails in there, there are no rates.
    """
    try:
        from genai_prices import __version__, data_snapshot

        _, info = data_snapshot.get_snapshot().find_provider_model(key, None, "anthropic", None)
        if info.id != key:
            return ()
        at = datetime.combine(day, time(), timezone.utc)
        prices = info.get_prices(at, {"speed": "fast"}) if speed == "fast" else info.get_prices(at)
        rows = _rows_of(prices, key, speed, f"genai-prices {__version__}")
    except Exception:  # noqa: BLE001
        return ()
    return tuple(_quote(row, "genai-prices", __version__, "rates_unsure") for row in rows)


_COMPONENTS: Final = (
    "input_mtok",
    "cache_write_mtok",
    "cache_write_1h_mtok",
    "cache_read_mtok",
    "output_mtok",
)
"""The names in genai-prices of the fields of `Rates`, in their order."""


def _rows_of(prices: ModelPrice, key: str, speed: Speed, source: str) -> list[RateRow]:
    from genai_prices.types import TieredPrices

    values = [getattr(prices, name, None) for name in _COMPONENTS]
    starts = {tier.start for value in values if isinstance(value, TieredPrices) for tier in value.tiers}

    def rate(component: int, over: int) -> float | None:
        value = values[component]
        if isinstance(value, TieredPrices):
            reached = [tier.price for tier in value.tiers if tier.start <= over]
            value = reached[-1] if reached and over else value.base
        return None if value is None else float(value)

    rows = []
    for over in sorted({0, *starts}, reverse=True):
        input_rate, output_rate = rate(0, over), rate(4, over)
        if input_rate is None or output_rate is None:
            return []
        rates = Rates(input_rate, rate(1, over), rate(2, over), rate(3, over), output_rate)
        rows.append(RateRow(key, rates, None, source, over_prompt_tokens=over, speed=speed, sure=False))
    return rows
