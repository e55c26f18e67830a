"""Tells the ledger of each call, and refuses one where the user wants that and its budget is spent.

On the way of a call something is appended and summed, and never waited for; see `backlog`. A forked child begins with
a ledger of its own.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from opentelemetry.metrics import MeterProvider, Observation

from otel_claude import attributes as names
from otel_claude.audit import NO_EVENTS
from otel_claude.backlog import Backlog
from otel_claude.budgets.alerts import Announcer, subject_attributes
from otel_claude.budgets.ledger import Ledger, Spending
from otel_claude.first_use import making_instruments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opentelemetry.metrics import CallbackOptions
    from opentelemetry.util.types import AttributeValue

    from otel_claude.attribution import Attribution
    from otel_claude.audit import CallOutcome, CallStart
    from otel_claude.budgets.alerts import Alert
    from otel_claude.budgets.limits import Budgets
    from otel_claude.cost import Cost
    from otel_claude.provider import Metering
    from otel_claude.usage import Usage

log: Final = logging.getLogger("otel_claude")

SEED_TIMEOUT_S: Final = 10.0
"""For how long calls wait for the store to be read, from the first one on, where limits are enforced and seeded."""

_NOTHING: Final[Mapping[str, AttributeValue]] = {}


class BudgetAudit:
    """Keeps `budgets` for the calls of one session."""

    def __init__(
        self,
        budgets: Budgets,
        metering: Metering,
        on_alert: Callable[[Alert], object] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._budgets = budgets
        self._metering = metering
        self._clock = clock
        self._announcer = Announcer(on_alert)
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._began_at = self._clock()
        self._is_seeded = threading.Event()
        self.ledger = Ledger(self._budgets, self._announcer.put)
        self._backlog = Backlog[Spending](self.ledger.add_all)
        self._is_started = False
        self._seed_until = 0.0
        self._is_seed_late = False

    def begin(self, start: CallStart) -> BudgetWatch:
        """Raises `BudgetExceededError`, and nothing else that reaches the caller."""
        self.check(start.attribution)
        return BudgetWatch(self, start.attribution)

    def check(self, attribution: Attribution | None) -> None:
        """Raises `BudgetExceededError` where a call of that attribution is not to be sent."""
        if os.getpid() != self._pid:
            self._reset()
        if not self._is_started:
            self._start()
        if self._budgets.is_enforced:
            if self._budgets.is_seeded:
                self._wait_for_seed()
            self._backlog.drain()
            self.ledger.check(self._clock(), *_names(attribution))

    def spent(self, cost: Cost | None, usage: Usage | None, attribution: Attribution | None) -> None:
        """Books what a call, or a result of a batch, came to."""
        feature, task = _names(attribution)
        usd = 0.0 if cost is None else cost.amount or 0.0
        prompt, read = (0, 0) if usage is None else (usage.prompt_tokens, usage.cache_read_tokens)
        self._backlog.append(Spending(self._clock(), usd, feature, task, prompt, read))
        self._backlog.drain()

    def stop(self) -> None:
        """Tells the user of what is still waiting to be told."""
        self._backlog.drain()
        self._announcer.stop()
        for gauges in list(_gauges.values()):
            if gauges.audit is self:
                gauges.audit = None

    def _start(self) -> None:
        self._is_started = True
        self._seed_until = time.monotonic() + SEED_TIMEOUT_S
        self._announcer.start(self._seed if self._budgets.is_seeded else None)
        provider = self._metering.provider()
        if provider is not None:
            _gauges_of(provider).audit = self

    def _wait_for_seed(self) -> None:
        """Waits until the store is read, or until the calls of this process have waited long enough for it."""
        if not self._is_seeded.is_set() and not self._is_seed_late:
            left = self._seed_until - time.monotonic()
            if not self._is_seeded.wait(max(0.0, left)) and not self._is_seed_late:
                self._is_seed_late = True
                log.warning(
                    "otel-claude: the local store takes long to read: budgets begin at zero until it is"
                )

    def _seed(self) -> None:
        from otel_claude.budgets.seed import spendings

        try:
            for spending in spendings(self._budgets, self._began_at):
                self._backlog.append(spending)
            self._backlog.drain()
        finally:
            self._is_seeded.set()

    def spent_usd(self) -> Iterator[Observation]:
        now = self._clock()
        for account in self.ledger.accounts:
            yield Observation(account.spent_usd(now), _account_attributes(account.limit))

    def used(self) -> Iterator[Observation]:
        now = self._clock()
        for account in self.ledger.accounts:
            yield Observation(account.spent_usd(now) / account.limit.usd, _account_attributes(account.limit))

    def hit_ratios(self) -> Iterator[Observation]:
        for rolling in self.ledger.hit_ratios:
            if (ratio := rolling.ratio) is not None:
                yield Observation(ratio, subject_attributes(rolling.wanted))


class BudgetWatch:
    """Waits for what one call costs."""

    __slots__ = ("_attribution", "_audit")

    events = NO_EVENTS

    def __init__(self, audit: BudgetAudit, attribution: Attribution | None) -> None:
        self._audit = audit
        self._attribution = attribution

    def settle(self, outcome: CallOutcome) -> None:
        self._audit.spent(outcome.cost, outcome.usage, self._attribution)

    def attributes(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:  # noqa: ARG002
        return _NOTHING


class _Gauges:
    """The instruments of one meter provider, which show the budgets of the session that is in place."""

    def __init__(self, provider: MeterProvider) -> None:
        self.audit: BudgetAudit | None = None
        meter = provider.get_meter(names.OUR_SCOPE)
        for name, unit, text, of in (
            (
                names.METRIC_BUDGET_SPENT,
                "USD",
                "What is spent of a budget in its window.",
                BudgetAudit.spent_usd,
            ),
            (names.METRIC_BUDGET_USED, "1", "The share of a budget that is spent.", BudgetAudit.used),
            (
                names.METRIC_HIT_RATIO,
                "1",
                "The share of the input of the last calls that was read from the cache.",
                BudgetAudit.hit_ratios,
            ),
        ):
            meter.create_observable_gauge(name, [self._callback(of)], unit, text)

    def _callback(
        self, of: Callable[[BudgetAudit], Iterable[Observation]]
    ) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(options: CallbackOptions) -> Iterable[Observation]:  # noqa: ARG001
            return () if self.audit is None else tuple(of(self.audit))

        return observe


def _gauges_of(provider: MeterProvider) -> _Gauges:
    with making_instruments:
        gauges = _gauges.get(provider)
        if gauges is None:
            gauges = _gauges[provider] = _Gauges(provider)
        return gauges


def _names(attribution: Attribution | None) -> tuple[str | None, str | None]:
    """The names of the feature and of the task."""
    if attribution is None:
        return None, None
    return attribution.feature, None if attribution.task is None else attribution.task.name


def _account_attributes(limit: Any) -> dict[str, str | float]:
    return {**subject_attributes(limit), names.BUDGET_PERIOD: limit.period}


_gauges: Final[WeakKeyDictionary[MeterProvider, _Gauges]] = WeakKeyDictionary()
"""The gauges of each meter provider that budgets were shown to."""
