"""What was paid for and not needed, by kind and place, the dearest first.

A *waste* is what one call site could have saved in one way, in USD, over the calls that were looked at. Amounts are
floors or estimates, and say which. Wastes of one call site can overlap: what is not sent need not be cached either.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from otel_claude.models import find
from otel_claude.rates import NS_A_DAY, bands_on, day_of, quote_for
from otel_claude.report import words
from otel_claude.report.deploys import Deploys
from otel_claude.report.misses import Misses
from otel_claude.report.totals import PICODOLLARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_claude.call_site import CallSite
    from otel_claude.rates import Quote
    from otel_claude.report.calls import Call
    from otel_claude.usage import Usage

Kind = Literal[
    "cache_misses",
    "unread_writes",
    "uncached_head",
    "uncalled_tools",
    "uncited_documents",
    "repeated_requests",
    "deploys",
]

LEAST_CALLS: Final = 20
"""How many answers it takes to say that a tool is never called, or that documents are not cited."""

LEAST_REPEATED_HEADS: Final = 10
MINIMUM_MARGIN: Final = 1.2
"""By how much an estimate of tokens has to exceed what a model caches at least."""

MOST_NAMES: Final = 5
"""How many tools a sentence names."""


@dataclass(frozen=True, slots=True)
class Waste:
    """What could have been saved in one way at one call site."""

    kind: Kind
    usd: float
    is_estimate: bool
    call_site: CallSite | None
    feature: str | None
    """Of the calls, where it is one."""

    calls: int
    """How many calls it is about."""

    sentence: str
    """What was seen, and what would help."""


class Wastes:
    """Grows by `add`."""

    def __init__(self) -> None:
        self._places: dict[tuple[CallSite | None, str | None], _Place] = {}

    def add(self, call: Call) -> None:
        """Counts `call`. Calls without a call site count for their feature."""
        key = (call.call_site, None if call.call_site is not None else call.feature)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = _Place()
        place.add(call)

    def merge(self, others: Wastes) -> None:
        """Counts the calls of `others`."""
        for key, place in others._places.items():
            self._places.setdefault(key, _Place()).merge(place)

    def ranked(self) -> tuple[Waste, ...]:
        """All that was wasted, the dearest first."""
        found = [
            Waste(kind, usd, is_estimate, site, place.feature, calls, sentence)
            for (site, _), place in self._places.items()
            for kind, usd, is_estimate, calls, sentence in place.found()
            if usd > 0
        ]
        return tuple(sorted(found, key=lambda waste: (-waste.usd, waste.kind, str(waste.call_site))))


class _Found(NamedTuple):
    kind: Kind
    usd: float
    is_estimate: bool
    calls: int
    sentence: str


class _Prices(NamedTuple):
    """What a token of one call cost, in USD, with what applies to its place, speed and tier."""

    uncached: float
    read: float
    written: float


@dataclass(slots=True)
class _Place:
    """One call site, or one feature of which no call site is known. Money is picodollars."""

    features: set[str | None] = field(default_factory=set)
    cache_savings: int = 0
    cache_calls: int = 0
    written_tokens: int = 0
    read_tokens: int = 0
    misses: Misses = field(default_factory=Misses)
    missed: int = 0
    """What writing cost beyond reading, in calls that missed for a cause."""

    head: int = 0
    head_calls: int = 0
    head_tokens: int = 0
    tool_calls: int = 0
    """Answers to requests with tools of which it is known what they call."""

    called: set[str] = field(default_factory=set)
    uncalled: Counter[str] = field(default_factory=Counter)
    uncalled_tokens: Counter[str] = field(default_factory=Counter)
    document_calls: int = 0
    sent_documents: int = 0
    cited_documents: int = 0
    uncited: int = 0
    uncited_tokens: int = 0
    repeats: int = 0
    repeated: int = 0
    calls: int = 0
    deploys: Deploys = field(default_factory=Deploys)

    @property
    def feature(self) -> str | None:
        return next(iter(self.features)) if len(self.features) == 1 else None

    def add(self, call: Call) -> None:
        self.calls += call.batch_requests or 1
        self.features.add(call.feature)
        usage, cost = call.usage, call.cost
        amount = cost.amount
        if usage is None or amount is None:
            return
        uncached, read, for_5m, for_1h = usage[:4]
        written = for_5m + for_1h
        if written or read:
            self.cache_calls += 1
            self.cache_savings += round(cost.cache_savings * PICODOLLARS)
            self.written_tokens += written
            self.read_tokens += read
        _, called, uncalled, sent, cited, uncited, repeat, head_share, is_head_repeated, prefix = (
            call.evidence
        )
        if repeat:
            self.repeats += 1
            self.repeated += round(amount * PICODOLLARS)
        model, revision = call.model, call.revision
        if model is None or call.batch_requests:
            return
        is_blamed = self.misses.add(call, usage)
        head_tokens = 0.0
        if head_share is not None and not (written or read):
            head_tokens = _cacheable(model, head_share * uncached)
        has_documents = cited is not None and sent > 0
        is_followed = prefix is not None and revision is not None
        if not (is_blamed or head_tokens or called is not None or has_documents or is_followed):
            return
        prices = _prices(call, usage)
        if prices is None:
            return
        if is_blamed:
            self.missed += round(written * (prices.written - prices.read) * PICODOLLARS)
        if head_tokens and is_head_repeated:
            # What caching the head would have saved: a read for each repeat, at the price of one write for the call
            # before.
            self.head += round(head_tokens * (prices.uncached - prices.read) * PICODOLLARS)
            self.head_calls += 1
            self.head_tokens += round(head_tokens)
        elif head_tokens:
            self.head -= round(head_tokens * (prices.written - prices.uncached) * PICODOLLARS)
        if called is not None:
            self.tool_calls += 1
            self.called.update(called)
            per_token = _price_at_the_head(usage, prices)
            for name, tokens in uncalled:
                self.uncalled_tokens[name] += tokens
                self.uncalled[name] += round(tokens * per_token * PICODOLLARS)
        if has_documents:
            self.document_calls += 1
            self.sent_documents += sent
            self.cited_documents += cited or 0
            self.uncited_tokens += uncited
            self.uncited += round(uncited * _average_price(usage, prices) * PICODOLLARS)
        if prefix is not None and revision is not None:
            self.deploys.add(call.start_ns, revision, prefix, written * (prices.written - prices.read))

    def merge(self, others: _Place) -> None:
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(others, name))
        self.features |= others.features
        self.called |= others.called
        self.misses.merge(others.misses)
        self.uncalled.update(others.uncalled)
        self.uncalled_tokens.update(others.uncalled_tokens)
        self.deploys.merge(others.deploys)

    def found(self) -> Iterator[_Found]:
        missed = self.misses.sentence()
        if missed is not None:
            yield _Found(
                "cache_misses", self.missed / PICODOLLARS, True, sum(self.misses.causes.values()), missed
            )
        elif self.cache_savings < 0:
            yield _Found(
                "unread_writes",
                -self.cache_savings / PICODOLLARS,
                False,
                self.cache_calls,
                f"writing to the cache cost more than reading saved: {words.tokens(self.written_tokens)} tokens "
                f"written, {words.tokens(self.read_tokens)} read",
            )
        if self.head_calls >= LEAST_REPEATED_HEADS:
            yield _Found(
                "uncached_head",
                self.head / PICODOLLARS,
                True,
                self.head_calls,
                f"the same tools and system prompt were sent again within 5 minutes {self.head_calls:,} times, "
                f"uncached ({words.tokens(self.head_tokens)} tokens)",
            )
        if self.tool_calls >= LEAST_CALLS:
            yield from self._uncalled()
        if self.document_calls >= LEAST_CALLS and self.cited_documents * 2 <= self.sent_documents:
            yield _Found(
                "uncited_documents",
                self.uncited / PICODOLLARS,
                True,
                self.document_calls,
                f"{self.sent_documents - self.cited_documents:,} of {self.sent_documents:,} documents were sent and "
                f"not cited ({words.tokens(self.uncited_tokens)} tokens)",
            )
        if self.repeats:
            yield _Found(
                "repeated_requests",
                self.repeated / PICODOLLARS,
                False,
                self.repeats,
                f"{self.repeats:,} of {self.calls:,} requests had been answered before, word for word",
            )
        again = self.deploys.again()
        if again.caches:
            yield _Found(
                "deploys",
                again.usd,
                True,
                again.caches,
                f"{again.caches:,} cached prefixes were written anew after {again.deploys:,} "
                f"change{'' if again.deploys == 1 else 's'} of version",
            )

    def _uncalled(self) -> Iterator[_Found]:
        never = sorted(self.uncalled.keys() - self.called, key=lambda name: (-self.uncalled[name], name))
        if not never:
            return
        shown = ", ".join(never[:MOST_NAMES]) + (
            f" and {len(never) - MOST_NAMES:,} more" if len(never) > MOST_NAMES else ""
        )
        tokens = sum(self.uncalled_tokens[name] for name in never)
        yield _Found(
            "uncalled_tools",
            sum(self.uncalled[name] for name in never) / PICODOLLARS,
            True,
            self.tool_calls,
            f"never called in {self.tool_calls:,} answers: {shown} ({words.tokens(tokens)} tokens)",
        )


_SUMS: Final = tuple(each.name for each in fields(_Place) if each.type == "int")


def _prices(call: Call, usage: Usage) -> _Prices | None:
    """What the tokens of `call` cost by kind, by the public list where it had none of a kind."""
    bands = _bands(call.model or "", call.start_ns // NS_A_DAY)
    if not bands:
        return None
    uncached_tokens, read_tokens, for_5m, for_1h = usage[:4]
    prompt = uncached_tokens + read_tokens + for_5m + for_1h
    quote = bands[0] if len(bands) == 1 else quote_for(bands, prompt)
    uncached, written, written_1h, read, _ = quote.per_token
    listed = (
        uncached_tokens * uncached
        + read_tokens * (read or 0)
        + for_5m * (written or 0)
        + for_1h * (written_1h or 0)
    )
    cost = call.cost
    paid = cost.input + cost.cache_read + cost.cache_write_5m + cost.cache_write_1h
    if not uncached or not listed or not paid:
        return None
    factor = paid / listed
    return _Prices(
        uncached * factor,
        (uncached if read is None else read) * factor,
        (uncached if written is None else written) * factor,
    )


@lru_cache(1024)
def _bands(model: str, day: int) -> tuple[Quote, ...]:
    """The rates by length of prompt, on the day that is so many after 1970-01-01."""
    return bands_on(model, day_of(day * NS_A_DAY), "standard", None)


def _cacheable(model_id: str, tokens: float) -> float:
    """`tokens`, or 0 where they are too few for the model to cache, or nobody knows."""
    least = _least_cacheable(model_id)
    return 0.0 if least is None or tokens < least * MINIMUM_MARGIN else tokens


@lru_cache(1024)
def _least_cacheable(model_id: str) -> int | None:
    model = find(model_id)
    return None if model is None else model.min_cacheable_tokens


def _price_at_the_head(usage: Usage, prices: _Prices) -> float:
    """What a token of the tools cost: they come first, so what was read from the cache has them, and then what was
    written to it."""
    if usage.cache_read_tokens:
        return prices.read
    return prices.written if usage.cache_write_tokens else prices.uncached


def _average_price(usage: Usage, prices: _Prices) -> float:
    paid = (
        usage.input_tokens * prices.uncached
        + usage.cache_read_tokens * prices.read
        + usage.cache_write_tokens * prices.written
    )
    return paid / usage.prompt_tokens if usage.prompt_tokens else 0.0
