"""What a call cost, in USD, from what it used and the rates of its day.

A *part* is the cost of one kind of token, or of server tools; the parts sum to the *amount*. A cost is
*exact* if it is what the price list says for the usage, *estimated* if something about that is in doubt, and
*unpriced*, without an amount, if there is nothing to go by: a cost is never guessed and never silently zero.
A *billing row* is one inference that is billed by itself: the call as a whole, or an entry of its iterations.

Sums are integers of 1/200 femto-USD, so that rates, counts and the factors of 1.1, 1.2 and 0.5 multiply
without rounding; each result is divided once. Rules and prices: platform.claude.com, pricing, 2026-01-13 to
2026-10-10.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from math import gcd
from operator import add
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from otel_claude import attributes as names
from otel_claude._billing import KNOWN_TYPES, billing_rows
from otel_claude.models import find, parse_id
from otel_claude.rates import bands_on, quote_for, utc_day

if TYPE_CHECKING:
    from otel_claude.models import Platform
    from otel_claude.rates import Overrides, Quote, RatesSource
    from otel_claude.usage import Usage

Status = Literal["exact", "estimated", "unpriced"]
Bucket = Literal["lt_0.001", "0.001_to_0.01", "0.01_to_0.1", "0.1_to_1", "ge_1"]
Reason = Literal[
    "body_not_read",
    "unknown_model",
    "usage_incomplete",
    "stream_cut_short",
    "private_names_missing",
    "priority_tier",
    "band_ambiguous",
    "ttl_split_missing",
    "endpoint_unknown",
    "rates_unsure",
    "rates_old",
]

REASONS: Final[dict[Reason, str]] = {
    "body_not_read": "The response was never read, or lost, or not waited for: its usage never came. Unpriced.",
    "unknown_model": "No rates are known for the model, or for a kind of token that it used. Unpriced.",
    "usage_incomplete": "Part of what is billed is not on record. Unpriced if no token is.",
    "stream_cut_short": "The final output count never came. The input is priced: a lower bound.",
    "private_names_missing": "This version of the SDK hides speed, geography, searches and iterations.",
    "priority_tier": "Priced as by the list, but the priority tier is committed capacity with its own terms.",
    "band_ambiguous": (
        "The rates depend on the prompt's length, and only the prompts of several inferences together exceed "
        "the limit. Priced by their sum, as the price list words it: an upper bound."
    ),
    "ttl_split_missing": "How many cache writes were for an hour is not on record. Priced as for 5 minutes.",
    "endpoint_unknown": (
        "A cloud's regional endpoints cost 10 % more, and nothing tells whether this is one. Priced as if "
        "not: a lower bound."
    ),
    "rates_unsure": "The rates are not confirmed by Anthropic's pages, or not for that day, speed or place.",
    "rates_old": "The table of rates was too old on the day of the call to rule out a change of price.",
}
"""Why a cost is not exact: the whole list. Of several reasons a cost names the first in this order."""

FREE_REFUSALS_SINCE: Final = date(2026, 6, 2)
"""From this UTC day on, a call refused before any output is not billed. [release notes, 2026-06-02]"""

_UNIT: Final = 200
"""The factor 1. Every factor is a whole number of these: 0.5 is 100, and 1.1 times 1.1 is 242."""
_PER_USD: Final = 10**15 * _UNIT
_PER_SEARCH: Final = _PER_USD // 100
"""10 USD for 1,000 web searches, whatever the model; no factor applies."""

_BUCKETS: Final[tuple[tuple[float, Bucket], ...]] = (
    (0.001, "lt_0.001"),
    (0.01, "0.001_to_0.01"),
    (0.1, "0.01_to_0.1"),
    (1.0, "0.1_to_1"),
)


def bucket_of(amount_usd: float) -> Bucket:
    """The size of an amount in USD, for search by equality."""
    for bound, bucket in _BUCKETS:
        if amount_usd < bound:
            return bucket
    return "ge_1"


class Cost(NamedTuple):
    """What one call cost. Money is USD; the six parts sum to the amount. See `REASONS` for what they
    bound."""

    input: float = 0.0
    cache_read: float = 0.0
    cache_write_5m: float = 0.0
    cache_write_1h: float = 0.0
    output: float = 0.0
    server_tools: float = 0.0
    amount: float | None = None
    """`None` when unpriced."""

    cache_savings: float = 0.0
    """What caching saved against the same call uncached; negative when writes were not earned back."""

    status: Status = "unpriced"
    reason: Reason | None = None
    """`None` when exact."""

    rates_version: str | None = None
    """See `Quote.version`; of several billing rows, that of the first."""

    rates_source: RatesSource | None = None

    @property
    def bucket(self) -> Bucket | None:
        """The size of the amount, for search by equality. `None` when unpriced."""
        amount = self.amount
        return None if amount is None else bucket_of(amount)

    def attributes(self) -> dict[str, str | float]:
        """This cost as attributes of a span. A priced one has every part, zeros included; an unpriced one
        none."""
        # Taken apart at once: a field by its name takes three times as long.
        uncached, read, for_5m, for_1h, output, tools, amount, saved, status, reason, version, source = self
        if amount is None:
            return {names.COST_STATUS: status, **({} if reason is None else {names.COST_REASON: reason})}
        found: dict[str, str | float] = {
            names.COST_AMOUNT: amount,
            names.COST_CURRENCY: "USD",
            names.COST_SOURCE: "local",
            names.COST_INPUT: uncached,
            names.COST_CACHE_READ: read,
            names.COST_CACHE_WRITE_5M: for_5m,
            names.COST_CACHE_WRITE_1H: for_1h,
            names.COST_OUTPUT: output,
            names.COST_SERVER_TOOLS: tools,
            names.COST_CACHE_SAVINGS: saved,
            names.COST_STATUS: status,
            names.COST_BUCKET: bucket_of(amount),
        }
        if version is not None and source is not None:
            found[names.RATES_VERSION] = version
            found[names.RATES_SOURCE] = source
        if reason is not None:
            found[names.COST_REASON] = reason
        return found


FREE: Final = Cost(amount=0.0, status="exact")
"""The cost of a call that is not billed to the caller: the API was not asked, answered with an error, or bills another
organization."""


def unpriced(reason: Reason) -> Cost:
    """The cost of a call of which nothing can be priced."""
    return Cost(reason=reason)


def price(
    usage: Usage,
    *,
    model: str,
    at: date,
    requested_model: str | None = None,
    stop_reason: str | None = None,
    complete: bool = True,
    platform: Platform | None = None,
    regional: bool | None = None,
    doubt: Reason | None = None,
    overrides: Overrides | None = None,
) -> Cost:
    """The cost of a call that used `usage`.

    `model` is the one that answered and `at` when: a date or datetime, UTC where it does not say.
    `requested_model` is the id in the request; on a cloud only that names the region. `complete` says whether
    the output count is final; if not, it is ignored. `platform` and `regional` say what the caller knows of
    the endpoint; where they are `None`, the ids tell. `doubt` is a reason of the caller's own for the cost
    not to be exact.

    Never raises for what a response says. The first call to an unknown model is slow; see `bands_on`.
    """
    served = model or requested_model or ""
    day = at if type(at) is date else utc_day(at)
    if complete and doubt is None and stop_reason != "refusal":
        found = _plain_price(usage, served, requested_model, platform, regional, day, overrides)
        if found is not None:
            return found
    doubts: list[Reason] = [] if doubt is None else [doubt]
    if usage.partial:
        if not usage.total_tokens:
            return unpriced("usage_incomplete")
        doubts.append("usage_incomplete")
    if not complete or usage.output_tokens is None:
        usage = usage._replace(output_tokens=None)
        doubts.append("stream_cut_short")
    if usage.service_tier == "priority":
        doubts.append("priority_tier")
    endpoint = _endpoint(served, requested_model, platform, regional)
    is_refused = stop_reason == "refusal" and usage.output_tokens == 0
    waives_refusals = day >= FREE_REFUSALS_SINCE and not endpoint.is_cloud
    if is_refused and endpoint.is_cloud:
        doubts.append("rates_unsure")
    rows = billing_rows(
        usage, served, requested_model, is_refused=is_refused, waives_refusals=waives_refusals
    )

    charges: tuple[int, ...] = (0,) * 6
    first: Quote | None = None
    for row in rows:
        bands = bands_on(row.model, day, row.speed, overrides)
        if not bands:
            return unpriced("unknown_model")
        quote = bands[0]
        if len(bands) > 1:
            quote = quote_for(bands, row.prompt_tokens)
            if quote_for(bands, row.longest_prompt_tokens) is not quote:
                doubts.append("band_ambiguous")
        first = first or quote
        if quote.doubt is not None:
            doubts.append(quote.doubt)
        kind, _, uncached, read, for_5m, for_1h, output, ttl_split_known = row.tokens
        if not ttl_split_known and for_5m:
            doubts.append("ttl_split_missing")
        if kind not in KNOWN_TYPES:
            doubts.append("usage_incomplete")
        factor, place_doubt = _factor(row.model, endpoint, usage.service_tier, usage.inference_geo)
        if place_doubt is not None:
            doubts.append(place_doubt)
        _, per_5m, per_1h, per_read, _ = quote.per_token
        if (per_read is None and read) or (per_5m is None and for_5m) or (per_1h is None and for_1h):
            return unpriced("unknown_model")
        more = _charges(_rates(quote, factor), uncached, read, for_5m, for_1h, output)
        charges = tuple(map(add, charges, more))
    reason = next(each for each in REASONS if each in doubts) if doubts else None
    return _cost(charges, usage.web_search_requests * _PER_SEARCH, _PER_USD, reason, first)


def _plain_price(
    usage: Usage,
    served: str,
    requested: str | None,
    platform: Platform | None,
    regional: bool | None,
    day: date,
    overrides: Overrides | None,
) -> Cost | None:
    """The cost of a call that is a single billing row and about which nothing is in doubt; `None` for any other.

    That is most calls. What does not depend on the counts comes from a memo: a third of what `price` takes.
    """
    (
        uncached,
        read,
        for_5m,
        for_1h,
        output,
        _,
        searches,
        fetches,
        tier,
        geo,
        speed,
        split_known,
        rows,
        partial,
    ) = usage
    if rows or partial or output is None or (for_5m and not split_known):
        return None
    terms = _plain_terms(served, requested, platform, regional, day, speed, tier, geo, overrides)
    if terms is None or (len(terms) > 1 and (searches or fetches)):
        return None
    for each in terms:
        if uncached + read + for_5m + for_1h > each.over_prompt_tokens:
            break
    charges = _charges(each.rates, uncached, read, for_5m, for_1h, output)
    return _cost(charges, searches * each.per_search, each.unit, None, each.quote)


class _Terms(NamedTuple):
    """What is multiplied by the counts of a call, for one length of prompt."""

    over_prompt_tokens: int
    rates: tuple[int, ...]
    per_search: int
    unit: int
    """The USD that `rates` and `per_search` are counted in, as a divisor: the smallest, for small numbers take Python a
    fifth of the time to divide."""

    quote: Quote


@lru_cache(maxsize=1024)
def _plain_terms(
    served: str,
    requested: str | None,
    platform: Platform | None,
    regional: bool | None,
    day: date,
    speed: str | None,
    service_tier: str | None,
    inference_geo: str | None,
    overrides: Overrides | None,
) -> tuple[_Terms, ...] | None:
    """The terms for each length of prompt, the longest first; `None` where something is in doubt."""
    bands = bands_on(served, day, speed or "standard", overrides)
    endpoint = _endpoint(served, requested, platform, regional)
    factor, doubt = _factor(served, endpoint, service_tier, inference_geo)
    if not bands or doubt is not None or service_tier == "priority":
        return None
    if any(quote.doubt is not None or None in quote.per_token for quote in bands):
        return None
    found = []
    for quote in bands:
        rates = _rates(quote, factor)
        common = gcd(*rates, _PER_SEARCH, _PER_USD)
        reduced = tuple(rate // common for rate in rates)
        found.append(
            _Terms(quote.row.over_prompt_tokens, reduced, _PER_SEARCH // common, _PER_USD // common, quote)
        )
    return tuple(found)


def _rates(quote: Quote, factor: int) -> tuple[int, ...]:
    """The rates of `quote` times `factor`, in `_PER_USD`ths of a USD. One that is not known is 0."""
    return tuple((rate or 0) * factor for rate in quote.per_token)


def _charges(
    rates: tuple[int, ...], uncached: int, read: int, for_5m: int, for_1h: int, output: int
) -> tuple[int, ...]:
    """What tokens of each kind cost, and what caching saved."""
    per_input, per_5m, per_1h, per_read, per_output = rates
    cost_read, cost_5m, cost_1h = read * per_read, for_5m * per_5m, for_1h * per_1h
    return (
        uncached * per_input,
        cost_read,
        cost_5m,
        cost_1h,
        output * per_output,
        (read + for_5m + for_1h) * per_input - cost_read - cost_5m - cost_1h,
    )


def _cost(
    charges: tuple[int, ...], searches: int, unit: int, reason: Reason | None, quote: Quote | None
) -> Cost:
    """The cost that the `charges` and that for `searches` come to, by `quote` if anything was to be billed."""
    uncached, read, for_5m, for_1h, output, saved = charges
    return tuple.__new__(
        Cost,
        (
            uncached / unit,
            read / unit,
            for_5m / unit,
            for_1h / unit,
            output / unit,
            searches / unit,
            (uncached + read + for_5m + for_1h + output + searches) / unit,
            saved / unit,
            "exact" if reason is None else "estimated",
            reason,
            None if quote is None else quote.version,
            None if quote is None else quote.source,
        ),
    )


class _Endpoint(NamedTuple):
    """What is known of where a call went."""

    is_cloud: bool
    """Whether it is Amazon's or Google's, whose regional endpoints cost more."""

    is_regional: bool | None
    is_us_gov: bool


@lru_cache(maxsize=1024)
def _endpoint(
    served: str, requested: str | None, platform: Platform | None, regional: bool | None
) -> _Endpoint:
    stated = parse_id(requested or served)
    if stated.platform == "claude_api":
        stated = parse_id(served)
    is_cloud = (platform or stated.platform) in {"bedrock", "vertex"}
    if regional is None and stated.region is not None:
        regional = stated.regional
    return _Endpoint(is_cloud, regional, stated.region == "us-gov")


@lru_cache(maxsize=1024)
def _factor(
    model_id: str, endpoint: _Endpoint, service_tier: str | None, inference_geo: str | None
) -> tuple[int, Reason | None]:
    """What every token of a billing row is multiplied by, in `_UNIT`s, and a doubt about that."""
    model = find(model_id)
    factor = _UNIT // 2 if service_tier == "batch" else _UNIT
    if inference_geo == "us" and (model is None or model.geo_premium):
        factor = factor * 11 // 10
    if not endpoint.is_cloud or (model is not None and not model.regional_premium):
        return factor, None
    if endpoint.is_us_gov:
        return factor * 12 // 10, "rates_unsure"
    if endpoint.is_regional is None:
        return factor, "endpoint_unknown"
    return (factor * 11 // 10 if endpoint.is_regional else factor), None
