"""Which rates apply to a call: a quote for a model, a day, a speed and a length of prompt.

A *quote* is a row of rates with where it comes from and whether there is doubt about it. Rows come, in this
order, from the user's *overrides*, from `RATE_TABLE`, and, for a model that neither of them knows, from the
genai-prices package. Where none of them has rates, there is no quote: nothing is guessed from a similar id.

A row was *checked* on the day on which it was last held against its source: those of `RATE_TABLE` on
`TABLE_DATE`. It is *old* on days later than that by more than `TABLE_LIFETIME`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from otel_claude._rate_table import RATE_TABLE, TABLE_DATE, RateRow, Rates, Speed
from otel_claude.models import find, parse_id, undated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "RATE_TABLE",
    "TABLE_DATE",
    "TABLE_LIFETIME",
    "ListedRow",
    "Overrides",
    "Quote",
    "RateRow",
    "Rates",
    "RatesSource",
    "Speed",
    "age_notice",
    "bands_on",
    "day_of",
    "listed_models",
    "listed_rows",
    "model_key",
    "quote_for",
    "rates_at",
    "utc_day",
]

RatesSource = Literal["table", "genai-prices", "override"]

TABLE_LIFETIME: Final = timedelta(days=90)
"""How long after it was checked a row still counts as known. A later call is estimated (`rates_old`), and
from then on `age_notice` has something to say. In 2026, one price changed nine days after its launch, and no
more than three months went by without a change to the price list."""

MOST_RATE: Final = 1e9
"""Of a rate, in USD per million tokens, and of a multiplier. With these, what calls cost stays a number."""

EVERY_MODEL: Final = "*"
NS_A_DAY: Final = 24 * 60 * 60 * 10**9
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()
_FEMTO_PER_MTOK: Final = 10**9
"""1 USD per million tokens, in femto-USD (1e-15) per token."""


class Quote(NamedTuple):
    """The rates that apply to a call."""

    row: RateRow
    source: RatesSource
    version: str
    """The ISO date from which the row, or the override, is in force. Of a row that says none: the date of the
    table, or the version of genai-prices."""

    doubt: Literal["rates_unsure", "rates_old"] | None
    """Why a cost from this quote is an estimate, or `None`."""

    per_token: tuple[int, int | None, int | None, int | None, int]
    """The rates as whole femto-USD (1e-15) per token, in the order of the fields of `Rates`."""


@dataclass(frozen=True, slots=True, eq=False)
class Overrides:
    """The rates that a user pays where they are not the list's.

    A model may be written as any of its ids. Raises `ValueError` for a rate or multiplier that is negative or
    above `MOST_RATE`, and for rows that overlap or leave out the prompts that are not long.
    """

    dated: date = date.min
    """The first UTC day on which `rates` and `multipliers` are in force. It is the version of the rates."""

    rates: Mapping[str, Rates] = field(default_factory=dict)
    """Rates by model, for every length of prompt at standard speed."""

    multipliers: Mapping[str, float] = field(default_factory=dict)
    """What to multiply the list's rates by, by model; `*` is every model that has no entry of its own. Rates
    in `rates` are not multiplied."""

    rows: tuple[RateRow, ...] = ()
    """Rows of the public list that the table does not have yet. From the first one of a model and a speed on,
    the table's own for these no longer apply. A row without an end ends where the next one begins.
    Multipliers apply to them as to the table's."""

    rows_checked: date = TABLE_DATE
    """When the rows were last held against the public list."""

    def __post_init__(self) -> None:
        for model_id, rates in [*self.rates.items(), *((row.model_id, row.rates) for row in self.rows)]:
            for rate in rates:
                _check(model_id, rate)
        for model_id, multiplier in self.multipliers.items():
            _check(model_id, multiplier)
        object.__setattr__(self, "rates", {model_key(k): v for k, v in self.rates.items()})
        object.__setattr__(self, "multipliers", {model_key(k): v for k, v in self.multipliers.items()})
        object.__setattr__(self, "rows", _in_order(self.rows))


def _in_order(rows: Iterable[RateRow]) -> tuple[RateRow, ...]:
    """`rows` by model, speed, length and day, each ending where the next one begins."""
    groups: dict[tuple[str, Speed, int], list[RateRow]] = {}
    for row in rows:
        key = model_key(row.model_id)
        groups.setdefault((key, row.speed, row.over_prompt_tokens), []).append(row._replace(model_id=key))
    ordered: list[RateRow] = []
    for (key, speed, _), group in sorted(groups.items()):
        if (key, speed, 0) not in groups:
            raise ValueError(
                f"{key}: its {speed} rates need a row for shorter prompts, with over_prompt_tokens = 0"
            )
        group.sort(key=_starts)
        for row, later in pairwise(group):
            if _starts(row) == _starts(later) or _starts(later) < (row.valid_until or date.min):
                raise ValueError(
                    f"{key}: two {speed} rows apply on {_starts(later)}; end the earlier one before that"
                )
            ordered.append(row if row.valid_until is not None else row._replace(valid_until=later.valid_from))
        ordered.append(group[-1])
    return tuple(ordered)


def _check(model_id: str, number: float | None) -> None:
    if number is not None and not 0 <= number <= MOST_RATE:
        raise ValueError(
            f"{model_id}: {number} is no rate or multiplier; give a number of 0 or more, up to {MOST_RATE:,.0f}"
        )


def model_key(model_id: str) -> str:
    """The name under which the rates of `model_id`, in any spelling, stand: that of its model, or its base."""
    model = find(model_id)
    return model.id if model is not None else undated(parse_id(model_id).base)


def utc_day(at: date) -> date:
    """The UTC day of `at`, a date or a datetime. A datetime without a time zone is taken for UTC."""
    if isinstance(at, datetime):
        return (at.astimezone(timezone.utc) if at.tzinfo is not None else at).date()
    return at


def day_of(epoch_ns: int) -> date:
    """The UTC day of a time in nanoseconds since the epoch."""
    return _day(epoch_ns // NS_A_DAY)


@lru_cache(maxsize=64)
def _day(number: int) -> date:
    """The UTC day by its number, from that of the epoch on."""
    return date.fromordinal(_FIRST_DAY + number)


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
    key = model_key(model_id)
    fast: Speed = "fast" if speed == "fast" else "standard"
    listed = listed_rows(key, overrides)
    if overrides is not None and day < overrides.dated:
        overrides = None
    if overrides is not None and fast == "standard" and (own := overrides.rates.get(key)) is not None:
        row = RateRow(key, own, overrides.dated, "the user's override")
        return (_quote(row, "override", overrides.dated.isoformat(), None),)
    bands = _in_force(listed, day, fast) if listed else _from_genai_prices(key, day, fast)
    if overrides is None:
        return bands
    multiplier = overrides.multipliers.get(key, overrides.multipliers.get(EVERY_MODEL))
    if multiplier is None:
        return bands
    return tuple(
        _quote(
            quote.row._replace(rates=_multiplied(quote.row.rates, multiplier)),
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


class ListedRow(NamedTuple):
    """One row of the public list, from the table or from the user's own additions to it."""

    row: RateRow
    source: RatesSource
    checked: date

    def is_old(self, day: date) -> bool:
        """Whether it was checked too long before `day` to rule out a change of price."""
        return day > self.checked + TABLE_LIFETIME


def listed_models(overrides: Overrides | None = None) -> tuple[str, ...]:
    """Every model with rows in the table or among `overrides`, in the table's order."""
    return tuple(dict.fromkeys((*_ROWS, *(row.model_id for row in (overrides.rows if overrides else ())))))


def listed_rows(model_id: str, overrides: Overrides | None = None) -> tuple[ListedRow, ...]:
    """The rows of `model_id`, in any spelling, with those of `overrides` in place; no multiplier applies."""
    key = model_key(model_id)
    table = tuple(ListedRow(row, "table", TABLE_DATE) for row in _ROWS.get(key, ()))
    if overrides is None:
        return table
    own = tuple(
        ListedRow(row, "override", overrides.rows_checked) for row in overrides.rows if row.model_id == key
    )
    return (*_before(own, table), *own)


def _before(own: Sequence[ListedRow], table: Sequence[ListedRow]) -> Iterable[ListedRow]:
    """What `own` leaves of `table`."""
    first: dict[Speed, date] = {}
    for listed in own:
        if not listed.row.over_prompt_tokens:
            first[listed.row.speed] = min(_starts(listed.row), first.get(listed.row.speed, date.max))
    for listed in table:
        row = listed.row
        end = min(_ends(row), first.get(row.speed, date.max))
        if _starts(row) < end:
            yield (listed if end == _ends(row) else listed._replace(row=row._replace(valid_until=end)))


def age_notice(day: date) -> str | None:
    """What to say on `day` of the table's age, or `None` while it is not old."""
    if day <= TABLE_DATE + TABLE_LIFETIME:
        return None
    return (
        f"the table of rates was checked on {TABLE_DATE}, {(day - TABLE_DATE).days} days ago: costs of calls made "
        f"after {TABLE_DATE + TABLE_LIFETIME} are estimates (rates_old). Upgrade otel-claude, or give newer rows "
        "in a file named by OTEL_CLAUDE_RATES"
    )


def _in_force(listed: Sequence[ListedRow], day: date, speed: Speed) -> tuple[Quote, ...]:
    candidates = [each for each in listed if each.row.speed == speed]
    no_such_speed = not candidates
    if no_such_speed:
        candidates = [each for each in listed if each.row.speed == "standard"]
    effective = _nearest(day, [each.row for each in candidates if each.row.over_prompt_tokens == 0])
    found = [each for each in candidates if _starts(each.row) <= effective < _ends(each.row)]
    found.sort(key=lambda each: each.row.over_prompt_tokens, reverse=True)
    outside = no_such_speed or effective != day
    return tuple(
        _quote(
            each.row,
            each.source,
            (each.row.valid_from or each.checked).isoformat(),
            "rates_unsure" if outside or not each.row.sure else "rates_old" if each.is_old(day) else None,
        )
        for each in found
    )


def _starts(row: RateRow) -> date:
    return row.valid_from or date.min


def _ends(row: RateRow) -> date:
    return row.valid_until or date.max


def _nearest(day: date, rows: Iterable[RateRow]) -> date:
    """The day nearest to `day` on which one of `rows` is in force."""
    days = (max(_starts(row), min(day, _ends(row) - timedelta(days=1))) for row in rows)
    return min(days, key=lambda each: abs(each - day))


def _from_genai_prices(key: str, day: date, speed: Speed) -> tuple[Quote, ...]:
    """Quotes from genai-prices, in doubt because nobody held them against Anthropic's pages for this table."""
    from otel_claude import _genai_prices

    version, rows = _genai_prices.rows(key, day, speed)
    return tuple(_quote(row, "genai-prices", version, "rates_unsure") for row in rows)
