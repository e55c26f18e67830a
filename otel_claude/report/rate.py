"""How fast money goes: what a day costs, what that makes of the month, and how much of it goes through batches."""

from __future__ import annotations

import sys
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from otel_claude.report.calls import time_of
from otel_claude.report.totals import PICODOLLARS

if TYPE_CHECKING:
    from otel_claude.report.calls import Call

NS_AN_HOUR: Final = 3_600 * 10**9

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
    """Grows by `add`. Days are UTC's."""

    def __init__(self) -> None:
        self._by_hour: dict[int, int] = {}
        """Picodollars by the hour, counted from 1970-01-01."""

        self._first_ns = sys.maxsize
        self._last_ns = -1
        self._batch_picodollars = 0

    def add(self, call: Call) -> None:
        """Counts `call`."""
        at = call.start_ns
        if at < self._first_ns:  # noqa: PLR1730 - twice as fast as min()
            self._first_ns = at
        if at > self._last_ns:  # noqa: PLR1730
            self._last_ns = at
        usd = call.cost.amount
        if usd:
            picodollars = round(usd * PICODOLLARS)
            hour = at // NS_AN_HOUR
            self._by_hour[hour] = self._by_hour.get(hour, 0) + picodollars
            if call.batch_requests or (call.usage is not None and call.usage.service_tier == "batch"):
                self._batch_picodollars += picodollars

    def merge(self, others: Spend) -> None:
        """Counts the calls of `others`."""
        for hour, picodollars in others._by_hour.items():
            self._by_hour[hour] = self._by_hour.get(hour, 0) + picodollars
        self._first_ns = min(self._first_ns, others._first_ns)
        self._last_ns = max(self._last_ns, others._last_ns)
        self._batch_picodollars += others._batch_picodollars

    @property
    def batch_share(self) -> float | None:
        """The share of the cost that is of batches, 0 to 1; `None` where nothing cost anything."""
        whole = sum(self._by_hour.values())
        return self._batch_picodollars / whole if whole else None

    def run_rate(self, now: datetime) -> RunRate | None:
        """The rate of the last days, or `None` where there is none to speak of."""
        if self._last_ns < 0 or now - time_of(self._last_ns) > LEAST:
            return None
        first = time_of(self._first_ns)
        start = max(first, now - WINDOW)
        if now - start < LEAST:
            return None
        days = (now - start) / timedelta(days=1)
        per_day = self._usd_after(start - timedelta(hours=1)) / days
        month_start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        so_far = self._usd_after(month_start - timedelta(hours=1))
        length = monthrange(now.year, now.month)[1]
        known_days = (now - max(first, month_start)) / timedelta(days=1)
        return RunRate(
            usd_per_day=per_day,
            days=days,
            month=f"{date(now.year, now.month, 1):%B}",
            month_so_far_usd=so_far,
            month_usd=so_far + per_day * (length - known_days),
        )

    def _usd_after(self, begin: datetime) -> float:
        """What was spent in the hours that began after `begin`."""
        hours = begin.timestamp() * 1e9 / NS_AN_HOUR
        return sum(spent for hour, spent in self._by_hour.items() if hour > hours) / PICODOLLARS
