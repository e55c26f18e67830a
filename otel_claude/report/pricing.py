"""What a call cost by its span: as it was recorded, and as it is priced anew.

A span has the tokens of its call, but for speed, geography, endpoint and searches only what they cost. So a
*hypothesis* is made of these: a usage that would have cost what was recorded, part by part. If one fits, the
call is priced anew with it, and the result is as sure as the record was. If none does, the rates may have
been corrected since, or the call may have had inferences that the span does not tell apart: then the new
cost is estimated, reason `usage_incomplete`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from otel_claude import attributes as names
from otel_claude.cost import FREE, REASONS, Cost, price, unpriced
from otel_claude.report import stated
from otel_claude.report.stated import MOST_USD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from otel_claude.cost import Reason
    from otel_claude.models import Platform
    from otel_claude.rates import Overrides
    from otel_claude.store.reader import Value
    from otel_claude.usage import Usage

Mode = Literal["recorded", "anew", "list"]

USD_PER_SEARCH: Final = 0.01

_PARTS: Final = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "server_tools")
"""The parts of a `Cost`."""

_NOT_CARRIED: Final = frozenset({"unknown_model", "rates_unsure", "rates_old", "body_not_read"})
"""Reasons of a record that a new price has to find again, or not. The others stay with the call."""


@dataclass(frozen=True, slots=True)
class Pricing:
    """How to price calls."""

    overrides: Overrides | None = None
    """The user's rates, for calls without a recorded cost and for those that are priced anew."""

    mode: Mode = "recorded"
    """`recorded` takes the cost on the span where there is one; `anew` prices every call with today's table
    and `overrides`; `list` takes records that were made with the public list and prices the others with it."""


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """What the span of an answered call says about its price."""

    usage: Usage | None
    model: str | None
    requested_model: str | None
    stop_reason: str | None
    at: datetime


def cost_of(facts: SpanFacts, recorded: Cost | None, pricing: Pricing) -> Cost:
    """What the call cost, of which its span says `recorded`. Never raises."""
    if recorded is not None and (
        pricing.mode == "recorded"
        or (pricing.mode == "list" and recorded.rates_source == "table")
        or recorded == FREE
    ):
        return recorded
    if facts.usage is None:
        return recorded or _UNREAD
    if facts.model is None:
        return _NO_MODEL
    rates = None if pricing.mode == "list" else pricing.overrides
    if recorded is None:
        return _price(facts, _Hypothesis(facts.usage), rates)
    for tried in dict.fromkeys((None, pricing.overrides)):
        for hypothesis in _hypotheses(facts.usage, recorded):
            if _is_same(_price(facts, hypothesis, tried, recorded.reason), recorded):
                return _price(facts, hypothesis, rates, recorded.reason)
    known = facts.usage._replace(web_search_requests=_searches(recorded))
    return _price(facts, _Hypothesis(known), rates, recorded.reason)


_UNREAD: Final = unpriced("usage_incomplete")
_NO_MODEL: Final = unpriced("unknown_model")


def recorded_cost(attributes: Mapping[str, Value]) -> Cost | None:
    """What the span itself says of its cost, or `None` where it says nothing in USD."""
    said: Iterator[Any] = map(attributes.get, _COST)
    amount, status, reason, version, source, *parts, savings = said
    if not isinstance(reason, str) or not reason:
        reason = None
    if not isinstance(source, str):
        source = None
    amount = stated.usd(amount)
    if amount is None or attributes.get(names.COST_CURRENCY, "USD") != "USD":
        return Cost(reason=reason) if status == "unpriced" else None
    for part in parts:
        # Asked here first, for speed: hardly any is not stated.
        if type(part) is not float or not 0.0 <= part <= MOST_USD:
            parts = [stated.usd(part) or 0.0 for part in parts]
            break
    return tuple.__new__(  # sooner than by its name
        Cost,
        (
            *parts,
            amount,
            stated.saved_usd(savings) or 0.0,
            "exact" if status == "exact" else "estimated",
            reason,
            version if isinstance(version, str) else None,
            source,
        ),
    )


_COST: Final = (
    names.COST_AMOUNT,
    names.COST_STATUS,
    names.COST_REASON,
    names.RATES_VERSION,
    names.RATES_SOURCE,
    names.COST_INPUT,
    names.COST_CACHE_READ,
    names.COST_CACHE_WRITE_5M,
    names.COST_CACHE_WRITE_1H,
    names.COST_OUTPUT,
    names.COST_SERVER_TOOLS,
    names.COST_CACHE_SAVINGS,
)
"""The attributes of a `Cost`: those that are no part of it, the parts in its order, and what caching saved."""


class _Hypothesis(NamedTuple):
    """What a call may have been; `None` where the model ids tell."""

    usage: Usage
    platform: Platform | None = None
    regional: bool | None = None


_FACTORS: Final[tuple[tuple[str | None, Platform | None, bool | None], ...]] = (
    (None, None, None),
    ("us", None, None),
    (None, "vertex", False),
    (None, "vertex", True),
)
"""Geography, platform and whether the endpoint is regional, the likeliest first. Bedrock's ids name a region;
its factors are the same as Vertex's."""


def _hypotheses(usage: Usage, recorded: Cost) -> Iterator[_Hypothesis]:
    searches = _searches(recorded)
    for speed in (None, "fast"):
        for geo, platform, regional in _FACTORS:
            told = usage._replace(speed=speed, inference_geo=geo, web_search_requests=searches, partial=False)
            yield _Hypothesis(told, platform, regional)


def _searches(recorded: Cost) -> int:
    return round(recorded.server_tools / USD_PER_SEARCH)


def _is_same(cost: Cost, recorded: Cost) -> bool:
    """Whether `cost` is what was recorded, part by part."""
    if cost.amount is None or recorded.amount is None:
        return False
    return all(
        isclose(getattr(cost, part), getattr(recorded, part), rel_tol=1e-9, abs_tol=1e-15)
        for part in ("amount", *_PARTS)
    )


def _price(
    facts: SpanFacts, hypothesis: _Hypothesis, rates: Overrides | None, reason: Reason | None = None
) -> Cost:
    return price(
        hypothesis.usage,
        model=facts.model or "",
        requested_model=facts.requested_model,
        at=facts.at,
        stop_reason=facts.stop_reason,
        complete=reason != "stream_cut_short",
        platform=hypothesis.platform,
        regional=hypothesis.regional,
        doubt=None if reason in _NOT_CARRIED or reason not in REASONS else reason,
        overrides=rates,
    )
