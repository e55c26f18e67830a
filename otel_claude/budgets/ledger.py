"""What was spent in the windows that are open now, and which thresholds that has passed.

A *spending* is what one call came to. The ledger is told of spendings in the order in which they are folded, by one
caller at a time; what may be asked at any time is a number that is read at once.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude.budgets.alerts import CacheAlert, SpendAlert
from otel_claude.budgets.limits import BudgetExceededError, window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from otel_claude.budgets.alerts import Alert
    from otel_claude.budgets.limits import Budgets, HitRatio, Limit

_PICODOLLARS: Final = 10**12
"""In a dollar. Money is summed in whole ones, so that a limit is met exactly."""


class Spending(NamedTuple):
    """What one call came to. An unpriced call has 0 USD."""

    at: datetime
    usd: float
    feature: str | None
    task: str | None
    prompt_tokens: int = 0
    cache_read_tokens: int = 0
    is_seed: bool = False
    """Whether it is another process's, which has told the user of it."""


class Ledger:
    """The accounts of `budgets`. `tell` takes what the user is to be told; it must not wait."""

    def __init__(self, budgets: Budgets, tell: Callable[[Alert], object]) -> None:
        self.accounts: Final = tuple(Account(limit) for limit in budgets.limits)
        self.hit_ratios: Final = tuple(RollingHitRatio(each) for each in budgets.hit_ratios)
        self._tell = tell

    def add_all(self, spendings: Iterable[Spending]) -> None:
        """Books each of `spendings`."""
        for spending in spendings:
            self.add(spending)

    def add(self, spending: Spending) -> None:
        """Books `spending`."""
        for account in self.accounts:
            if account.limit.subject.covers(spending.feature, spending.task):
                for alert in account.add(spending):
                    self._tell(alert)
        for ratio in self.hit_ratios:
            if ratio.wanted.subject.covers(spending.feature, spending.task):
                low = ratio.add(spending)
                if low is not None:
                    self._tell(low)

    def check(self, at: datetime, feature: str | None, task: str | None) -> None:
        """Raises `BudgetExceededError` where a limit that is enforced is spent."""
        for account in self.accounts:
            limit = account.limit
            if limit.is_enforced and limit.subject.covers(feature, task):
                spent = account.spent_usd(at)
                if spent >= limit.usd:
                    raise BudgetExceededError(limit, spent, account.end)


class Account:
    """What was spent of one limit in the window that was open last."""

    def __init__(self, limit: Limit) -> None:
        self.limit: Final = limit
        self.end = datetime.min.replace(tzinfo=timezone.utc)
        """When the window ends."""
        self._start = self.end
        self._picodollars = 0
        self._passed = 0
        """How many of the thresholds the user need not be told of any more."""

    def spent_usd(self, at: datetime) -> float:
        """What is spent of the window that holds `at`."""
        return self._picodollars / _PICODOLLARS if at < self.end else 0.0

    def add(self, spending: Spending) -> Iterator[SpendAlert]:
        """Books `spending`; the alerts are of the thresholds that it passes."""
        if spending.at >= self.end:
            self._start, self.end = window(self.limit.period, spending.at)
            self._picodollars = self._passed = 0
        elif spending.at < self._start:
            return
        self._picodollars += round(spending.usd * _PICODOLLARS)
        spent = self._picodollars / _PICODOLLARS
        passed = [share for share in self.limit.thresholds if spent >= share * self.limit.usd]
        if len(passed) > self._passed:
            self._passed = len(passed)
            if not spending.is_seed:
                # Of several at once, the last says it all.
                yield SpendAlert(self.limit, passed[-1], spent, self._start, spending.at)


class RollingHitRatio:
    """The share of the input of the last calls that was read from the cache."""

    def __init__(self, wanted: HitRatio) -> None:
        self.wanted: Final = wanted
        self._calls: deque[tuple[int, int]] = deque()
        self._prompt_tokens = 0
        self._read_tokens = 0
        self._is_low = False

    @property
    def ratio(self) -> float | None:
        """0 to 1, or `None` before there were enough calls."""
        prompt = self._prompt_tokens
        return self._read_tokens / prompt if prompt and len(self._calls) >= self.wanted.calls else None

    def add(self, spending: Spending) -> CacheAlert | None:
        """Counts `spending`, and says when the ratio falls below what is wanted, once until it has recovered."""
        if spending.is_seed or not spending.prompt_tokens:
            return None
        self._calls.append((spending.prompt_tokens, spending.cache_read_tokens))
        self._prompt_tokens += spending.prompt_tokens
        self._read_tokens += spending.cache_read_tokens
        if len(self._calls) > self.wanted.calls:
            prompt, read = self._calls.popleft()
            self._prompt_tokens -= prompt
            self._read_tokens -= read
        ratio = self.ratio
        if ratio is None:
            return None
        was_low, self._is_low = self._is_low, ratio < self.wanted.least
        return CacheAlert(self.wanted, ratio, spending.at) if self._is_low and not was_low else None
