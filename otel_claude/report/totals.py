"""Sums over calls: how many, what they cost, which tokens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from otel_claude.report.calls import ESTIMATED, UNPRICED

if TYPE_CHECKING:
    from otel_claude.report.calls import Call
    from otel_claude.report.tasks import TaskTotals

PICODOLLARS: Final = 10**12
"""In a dollar. Money is summed in whole ones, so that parts sum to the whole in whatever order."""


@dataclass(slots=True)
class Totals:
    """Grows by `add`. Money is USD; tokens are by kind, and `input_tokens` are the uncached ones."""

    calls: int = 0
    errors: int = 0
    estimated: int = 0
    unpriced: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Why calls are estimated or unpriced."""

    cost_picodollars: int = 0
    cache_savings_picodollars: int = 0
    recorded_picodollars: int = 0
    """What the spans say that the calls cost, before anything was repriced."""

    newly_priced: int = 0
    """Calls with a cost of which the span records none."""

    no_longer_priced: int = 0

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    tasks: TaskTotals | None = None
    """Of the tasks in the group, where calls are grouped by task."""

    def add(self, call: Call) -> None:
        """Counts `call`."""
        cost, usage, recorded_usd = call.cost, call.usage, call.recorded_usd
        amount = cost.amount
        self.calls += call.batch_requests or 1
        if call.error is not None:
            self.errors += 1
        if cost.status == ESTIMATED:
            self.estimated += 1
        elif cost.status == UNPRICED:
            self.unpriced += 1
        if cost.reason:
            self.reasons[cost.reason] += 1
        picodollars = round(amount * PICODOLLARS) if amount else 0
        self.cost_picodollars += picodollars
        if cost.cache_savings:
            self.cache_savings_picodollars += round(cost.cache_savings * PICODOLLARS)
        if recorded_usd is amount:
            self.recorded_picodollars += picodollars
        else:
            self.recorded_picodollars += round((recorded_usd or 0.0) * PICODOLLARS)
            self.newly_priced += amount is not None and recorded_usd is None and usage is not None
            self.no_longer_priced += amount is None
        if usage is not None:
            input_tokens, read, for_5m, for_1h, output = usage[:5]
            self.input_tokens += input_tokens
            self.cache_read_tokens += read
            self.cache_write_5m_tokens += for_5m
            self.cache_write_1h_tokens += for_1h
            self.output_tokens += output or 0

    def merge(self, others: Totals) -> None:
        """Counts the calls of `others`, without their tasks."""
        self.reasons.update(others.reasons)
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(others, name))

    @property
    def priced_usd(self) -> float:
        """What the priced calls cost: a lower bound where `unpriced` is not 0."""
        return self.cost_picodollars / PICODOLLARS

    @property
    def recorded_usd(self) -> float:
        """What the spans say that the calls cost."""
        return self.recorded_picodollars / PICODOLLARS

    @property
    def cache_savings_usd(self) -> float:
        """What caching saved; negative where writes were not earned back."""
        return self.cache_savings_picodollars / PICODOLLARS

    @property
    def cost_usd(self) -> float | None:
        """What the calls cost, as far as they are priced; `None` where none of them is."""
        return None if self.unpriced and self.unpriced == self.calls else self.priced_usd

    @property
    def cache_write_tokens(self) -> int:
        """Tokens written to the cache, for 5 minutes or an hour."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

    @property
    def cache_hit_ratio(self) -> float | None:
        """Tokens read from the cache over all prompt tokens, 0 to 1; `None` without prompt tokens."""
        prompt = self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
        return self.cache_read_tokens / prompt if prompt else None


_SUMS: Final = tuple(each.name for each in fields(Totals) if each.name not in {"reasons", "tasks"})
