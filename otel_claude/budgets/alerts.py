"""What the user is told, and how: a warning in Python's log, an OpenTelemetry log record, and a function of the user's.

Alerts are told by a thread of their own, since what a call ends in may be any other code of any thread, in which
nothing of the user's may run and no lock be waited for.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from opentelemetry._logs import SeverityNumber, get_logger_provider

from otel_claude import attributes as names

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from otel_claude.budgets.limits import HitRatio, Limit

log: Final = logging.getLogger("otel_claude")


@dataclass(frozen=True, slots=True)
class SpendAlert:
    """A threshold of a limit was passed. Times are UTC."""

    limit: Limit
    threshold: float
    """The share of the limit that was passed: 0.8 for 80 %."""

    spent_usd: float
    """By this process, and by those whose spending it was seeded with."""

    window_start: datetime
    at: datetime

    @property
    def event(self) -> str:
        return names.EVENT_BUDGET

    @property
    def attributes(self) -> dict[str, str | float]:
        limit = self.limit
        return {
            **subject_attributes(limit),
            names.BUDGET_PERIOD: limit.period,
            names.BUDGET_LIMIT: limit.usd,
            names.BUDGET_SPENT: self.spent_usd,
            names.BUDGET_THRESHOLD: self.threshold,
        }

    def __str__(self) -> str:
        share = self.spent_usd / self.limit.usd
        return (
            f"{self.limit.subject}: ${self.spent_usd:,.4f} of ${self.limit.usd:,.10g} a {self.limit.period} is spent "
            f"({share:.0%}, threshold {self.threshold:.0%}), since {self.window_start:%Y-%m-%d %H:%M} UTC"
        )


@dataclass(frozen=True, slots=True)
class CacheAlert:
    """Less of the input than is wanted was read from the cache. UTC."""

    wanted: HitRatio
    hit_ratio: float
    at: datetime

    @property
    def event(self) -> str:
        return names.EVENT_HIT_RATIO

    @property
    def attributes(self) -> dict[str, str | float]:
        return {**subject_attributes(self.wanted), names.CACHE_HIT_RATIO: self.hit_ratio}

    def __str__(self) -> str:
        return (
            f"{self.wanted.subject}: {self.hit_ratio:.0%} of the input of the last {self.wanted.calls:,} calls was "
            f"read from the cache, less than {self.wanted.least:.0%}"
        )


Alert = SpendAlert | CacheAlert


def subject_attributes(of: Limit | HitRatio) -> dict[str, str | float]:
    """The subject of a limit as attributes."""
    found: dict[str, str | float] = {names.BUDGET_SUBJECT: of.subject.kind}
    if of.subject.kind == "feature":
        found[names.FEATURE] = of.subject.name
    elif of.subject.kind == "task":
        found[names.TASK_NAME] = of.subject.name
    return found


STOP_TIMEOUT_S: Final = 1.0
"""How long the end waits for a function of the user's that is at work."""


class Announcer:
    """Tells the user of alerts, one after the other, in a thread that `start` starts and `stop` ends."""

    def __init__(self, on_alert: Callable[[Alert], object] | None) -> None:
        self._on_alert = on_alert
        self._reset()
        atexit.register(self.stop)

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._waiting: SimpleQueue[Any] = SimpleQueue()
        """Alerts, work to be done in the thread, and `None` for its end. Putting something in never waits."""
        self._thread: threading.Thread | None = None

    def put(self, alert: Alert) -> None:
        self._waiting.put(alert)

    def start(self, first: Callable[[], object] | None = None) -> None:
        """Starts the thread of this process, unless it runs. `first` is what a new one does before anything else."""
        if os.getpid() != self._pid:
            # In a forked child: the parent's alerts are the parent's.
            self._reset()
        if self._thread is None:
            queue = self._waiting
            self._thread = threading.Thread(
                target=self._run, args=(queue, first), name="otel-claude-budgets", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Tells of what is still waiting, and ends.

        Where the user's function is still busy with an earlier alert, it is not called with these: they are logged.
        """
        atexit.unregister(self.stop)
        if os.getpid() != self._pid:
            return
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            if thread is threading.current_thread():
                # The function of the user's took the instrumentation back. The thread goes on to the end.
                return
            thread.join(timeout=STOP_TIMEOUT_S)
        is_busy = thread is not None and thread.is_alive()
        if is_busy and self._on_alert is not None:
            log.warning(
                "otel-claude: on_budget takes longer than the exit waits; later alerts are only logged"
            )
        while True:
            try:
                alert = self._waiting.get_nowait()
            except Empty:
                break
            if alert is None:
                continue
            _log(alert)
            if not is_busy:
                self._call(alert)
        if is_busy:
            # Taken out of the queue with the alerts.
            self._waiting.put(None)

    def _run(self, queue: SimpleQueue[Any], first: Callable[[], object] | None) -> None:
        if first is not None:
            first()
        while True:
            alert = queue.get()
            if alert is None:
                return
            _log(alert)
            self._call(alert)

    def _call(self, alert: Alert) -> None:
        if self._on_alert is not None:
            try:
                self._on_alert(alert)
            except BaseException:
                # `sys.exit()` too: it would end this thread, or go on to who stops us.
                log.warning("otel-claude: on_budget failed", exc_info=True)


def _log(alert: Alert) -> None:
    """Says it in Python's log and as a log record of OpenTelemetry's."""
    try:
        log.warning("otel-claude: %s", alert)
        get_logger_provider().get_logger(names.OUR_SCOPE).emit(
            timestamp=int(alert.at.timestamp() * 1e9),
            severity_number=SeverityNumber.WARN,
            severity_text="WARN",
            body=str(alert),
            attributes=alert.attributes,
            event_name=alert.event,
        )
    except Exception:
        log.debug("Could not log an alert", exc_info=True)
