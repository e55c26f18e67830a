"""Sums over calls: how many, what they cost, which tokens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otel_claude.report.calls import ESTIMATED, UNPRICED

if TYPE_CHECKING:
    from otel_claude.report.calls import Call
    from otel_claude.report.tasks import TaskTotals

_PICODOLLARS: Final = 10**12
"""In a dollar."""


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
    """Money is summed in whole 10**-12 USD, so that groups sum to the total in whatever order."""

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
        self.calls += call.batch_requests or 1
        self.errors += call.error is not None
        self.estimated += call.cost_status == ESTIMATED
        self.unpriced += call.cost_status == UNPRICED
        if call.cost_reason:
            self.reasons[call.cost_reason] += 1
        self.cost_picodollars += round((call.cost_usd or 0.0) * _PICODOLLARS)
        self.cache_savings_picodollars += round(call.cache_savings_usd * _PICODOLLARS)
        self.recorded_picodollars += round((call.recorded_usd or 0.0) * _PICODOLLARS)
        self.newly_priced += (
            call.cost_usd is not None and call.recorded_usd is None and call.usage is not None
        )
        self.no_longer_priced += call.cost_usd is None and call.recorded_usd is not None
        usage = call.usage
        if usage is not None:
            self.input_tokens += usage.input_tokens
            self.cache_read_tokens += usage.cache_read_tokens
            self.cache_write_5m_tokens += usage.cache_write_5m_tokens
            self.cache_write_1h_tokens += usage.cache_write_1h_tokens
            self.output_tokens += usage.output_tokens or 0

    @property
    def priced_usd(self) -> float:
        """What the priced calls cost: a lower bound where `unpriced` is not 0."""
        return self.cost_picodollars / _PICODOLLARS

    @property
    def recorded_usd(self) -> float:
        """What the spans say that the calls cost."""
        return self.recorded_picodollars / _PICODOLLARS

    @property
    def cache_savings_usd(self) -> float:
        """What caching saved; negative where writes were not earned back."""
        return self.cache_savings_picodollars / _PICODOLLARS

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
