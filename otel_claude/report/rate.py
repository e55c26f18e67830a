"""How fast money goes: what a day costs, what that makes of the month, and how much of it goes through batches."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otel_claude.report.calls import Call

WINDOW: Final = timedelta(days=7)
LEAST: Final = timedelta(days=1)
"""Calls over less time than this make no rate, and neither do calls of which the last is longer ago."""


@dataclass(frozen=True, slots=True)
class RunRate:
    """USD, over the last `days`."""

    usd_per_day: float
    days: float
    month: str
    """The month that it was asked in, such as `November`."""

    month_so_far_usd: float
    """What is on record of the month."""

    month_usd: float
    """What the whole month comes to at this rate. Days of which nothing is on record count as all others."""


class Spend:
    """Grows by `add`. Money is USD, days are UTC's."""

    def __init__(self) -> None:
        self._by_hour: Counter[datetime] = Counter()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._usd = 0.0
        self._batch_usd = 0.0

    def add(self, call: Call) -> None:
        """Counts `call`."""
        self._first = call.at if self._first is None else min(self._first, call.at)
        self._last = call.at if self._last is None else max(self._last, call.at)
        if call.cost_usd:
            self._by_hour[call.at.replace(minute=0, second=0, microsecond=0)] += call.cost_usd  # type: ignore[assignment]
            self._usd += call.cost_usd
            if call.batch_requests or (call.usage is not None and call.usage.service_tier == "batch"):
                self._batch_usd += call.cost_usd

    @property
    def batch_share(self) -> float | None:
        """The share of the cost that is of batches, 0 to 1; `None` where nothing cost anything."""
        return self._batch_usd / self._usd if self._usd else None

    def run_rate(self, now: datetime) -> RunRate | None:
        """The rate of the last days, or `None` where there is none to speak of."""
        if self._first is None or self._last is None or now - self._last > LEAST:
            return None
        start = max(self._first, now - WINDOW)
        if now - start < LEAST:
            return None
        days = (now - start) / timedelta(days=1)
        recent = sum(usd for hour, usd in self._by_hour.items() if hour > start - timedelta(hours=1))
        per_day = recent / days
        month_start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        so_far = sum(usd for hour, usd in self._by_hour.items() if hour >= month_start)
        length = monthrange(now.year, now.month)[1]
        known_days = (now - max(self._first, month_start)) / timedelta(days=1)
        return RunRate(
            usd_per_day=per_day,
            days=days,
            month=f"{date(now.year, now.month, 1):%B}",
            month_so_far_usd=so_far,
            month_usd=so_far + per_day * (length - known_days),
        )
