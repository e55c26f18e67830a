"""What the results of a batch come to: outcomes, tokens and cost, for a span and for the metrics."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude import attributes as names
from otel_claude.attribution.tasks import CallEvent
from otel_claude.cost import REASONS
from otel_claude.metrics import Dimensions, Measurement
from otel_claude.usage import TOKEN_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.util.types import AttributeValue

    from otel_claude.cost import Cost, Reason
    from otel_claude.usage import Usage

COST_PARTS: Final[Mapping[str, str]] = {
    "input": names.BATCH_COST_INPUT,
    "cache_read": names.BATCH_COST_CACHE_READ,
    "cache_write_5m": names.BATCH_COST_CACHE_WRITE_5M,
    "cache_write_1h": names.BATCH_COST_CACHE_WRITE_1H,
    "output": names.BATCH_COST_OUTPUT,
    "server_tools": names.BATCH_COST_SERVER_TOOLS,
}
"""Each part of `Cost` with the attribute that has its sum."""


class _Kind(NamedTuple):
    """What results of one kind have in common: the dimensions of their metrics."""

    model: str
    service_tier: str | None
    cost_status: str

    def dimensions(self, attributed: tuple[tuple[str, str], ...]) -> Dimensions:
        # The request is not at hand. The model that it named is the one that answered, but for an alias.
        return Dimensions(
            self.model or "unknown",
            self.model or None,
            self.service_tier,
            self.cost_status,
            attributed=attributed,
        )


@dataclass(slots=True)
class _Sums:
    """Cost and tokens of results of one kind that are not in the metrics yet."""

    usd: float | None = None
    tokens: Counter[str] = field(default_factory=Counter)
    results: int = 0


@dataclass(slots=True)
class Totals:
    """What the results read so far come to. Money is USD."""

    read: int = 0
    outcomes: Counter[object] = field(default_factory=Counter)
    models: set[str] = field(default_factory=set)
    tokens: Counter[str] = field(default_factory=Counter)
    usd: Counter[str] = field(default_factory=Counter)
    """By the names of `Cost`."""
    cache_savings_usd: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: set[Reason] = field(default_factory=set)
    new: dict[_Kind, _Sums] = field(default_factory=dict)

    def add(self, model: str, usage: Usage, cost: Cost) -> None:
        """Adds a result that succeeded."""
        self.models.add(model)
        self.tokens.update(dict(usage.by_kind()))
        self.statuses[cost.status] += 1
        if cost.reason is not None:
            self.reasons.add(cost.reason)
        if cost.amount is not None:
            for part in COST_PARTS:
                self.usd[part] += getattr(cost, part)
            self.cache_savings_usd += cost.cache_savings

    def add_new(self, model: str, usage: Usage, cost: Cost) -> None:
        """Adds a result, which was added, to what goes into the metrics."""
        sums = self.new.setdefault(_Kind(model, usage.service_tier, cost.status), _Sums())
        sums.results += 1
        sums.tokens.update(dict(usage.by_kind()))
        if cost.amount is not None:
            sums.usd = (sums.usd or 0.0) + cost.amount

    def measurements(self, attributed: tuple[tuple[str, str], ...]) -> Iterator[Measurement]:
        """What goes into the metrics: one for each kind of result, with the dimensions `attributed` besides."""
        for kind, sums in self.new.items():
            tokens = tuple(sums.tokens[each] for each in TOKEN_KINDS)
            yield Measurement(kind.dimensions(attributed), None, sums.usd, tokens)

    def events(self) -> Iterator[CallEvent]:
        """What a task is told that submitted the batch and is still on its way: the results are its calls."""
        for kind, sums in self.new.items():
            yield CallEvent("began", kind.model, calls=sums.results)
            yield CallEvent(
                "settled",
                kind.model,
                cost_usd=sums.usd,
                tokens=tuple(sums.tokens.items()),
                calls=sums.results,
            )

    def attributes(self, *, is_complete: bool) -> dict[str, AttributeValue]:
        """The attributes of the span. Of a reading that is not complete, what is there is a lower bound."""
        found: dict[str, AttributeValue] = {
            names.BATCH_COMPLETE: is_complete,
            **{name: self.outcomes[outcome] for outcome, name in names.BATCH_OUTCOMES.items()},
            names.BATCH_UNPRICED: self.statuses["unpriced"],
            **{name: self.tokens[kind] for kind, name in names.BATCH_TOKENS.items()},
        }
        if len(self.models) == 1 and (model := next(iter(self.models))):
            found[names.BATCH_MODEL] = model
        reason = self._reason(is_complete=is_complete)
        if reason is not None:
            found[names.BATCH_COST_REASON] = reason
        if self._is_unpriced(is_complete=is_complete):
            found[names.BATCH_COST_STATUS] = "unpriced"
            return found
        found[names.BATCH_COST_STATUS] = "exact" if reason is None else "estimated"
        parts = {name: float(self.usd[part]) for part, name in COST_PARTS.items()}
        return {
            **found,
            **parts,
            names.BATCH_COST_AMOUNT: math.fsum(parts.values()),
            names.BATCH_COST_CACHE_SAVINGS: self.cache_savings_usd,
        }

    def _is_unpriced(self, *, is_complete: bool) -> bool:
        """Whether nothing that was read has a price, though something is to be paid for all we know."""
        if not self.read:
            return not is_complete
        return self.statuses["unpriced"] > 0 and self.statuses["unpriced"] == self.outcomes["succeeded"]

    def _reason(self, *, is_complete: bool) -> Reason | None:
        """Why the amount is not exact, or `None` where it is."""
        if not self.read and not is_complete:
            return "body_not_read"
        reasons = self.reasons if is_complete else {*self.reasons, "usage_incomplete"}
        return next((reason for reason in REASONS if reason in reasons), None)
