"""What a user asks for: how much may be spent, on what, in which period, and what is to happen then.

A *subject* is what calls are counted for: all of them, those of one feature, or those of one task. A *limit* is an
amount for a subject in each *window*, which is one hour, day or month of UTC's. A *threshold* is a share of a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import inf
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from otel_claude.audit import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

Period = Literal["hour", "day", "month"]
Kind = Literal["all", "feature", "task"]

PERIODS: Final[tuple[Period, ...]] = get_args(Period)
THRESHOLDS: Final = (0.5, 0.8, 1.0)


class Subject(NamedTuple):
    """What calls are counted for. `name` is that of the feature or the task, empty for all calls."""

    kind: Kind = "all"
    name: str = ""

    def covers(self, feature: str | None, task: str | None) -> bool:
        """Whether a call of that feature and task counts."""
        return self.kind == "all" or self.name == (feature if self.kind == "feature" else task)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else "all calls"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many USD for a subject in each window.

    Raises `ValueError` for an amount that is not above 0 and finite, and for a period that is none of `PERIODS`.
    """

    subject: Subject
    period: Period
    usd: float
    thresholds: Sequence[float] = THRESHOLDS
    """Shares of `usd` at which the user is told, ascending."""

    is_enforced: bool = False
    """Whether calls are refused once all of it is spent."""

    def __post_init__(self) -> None:
        if self.usd == 0:
            raise ValueError("a limit of 0 is passed by any call; leave it out for none")
        if not 0 < self.usd < inf:
            raise ValueError(f"a limit of {self.usd} USD cannot be; give a finite number above 0")
        if self.period not in PERIODS:
            raise ValueError(f"{self.period!r} is no period; the periods are {', '.join(PERIODS)}")

    def __str__(self) -> str:
        return f"{self.subject}, ${self.usd:,.10g} a {self.period}"


class HitRatio(NamedTuple):
    """The share of the input of a subject's last `calls` that has to be read from the cache, 0 to 1."""

    subject: Subject
    least: float
    calls: int = 50


class Budgets(NamedTuple):
    """All that a user asks for."""

    limits: tuple[Limit, ...] = ()
    hit_ratios: tuple[HitRatio, ...] = ()
    is_seeded: bool = False
    """Whether counting begins with what the local store says was spent, by whatever process."""

    @property
    def is_enforced(self) -> bool:
        return any(limit.is_enforced for limit in self.limits)


class BudgetExceededError(Refusal):
    """A call was not sent: what may be spent on it in this window is spent. See `limit`, `spent_usd` and `until`."""

    def __init__(self, limit: Limit, spent_usd: float, until: datetime) -> None:
        super().__init__(
            f"the budget of {limit} is spent: ${spent_usd:,.4f}. No call is sent before "
            f"{until:%Y-%m-%d %H:%M} UTC; raise the limit, or set enforce = false"
        )
        self.limit = limit
        self.spent_usd = spent_usd
        self.until = until
        """When the next window begins, UTC."""

    def __reduce__(self) -> tuple[type[BudgetExceededError], tuple[Limit, float, datetime]]:
        return type(self), (self.limit, self.spent_usd, self.until)


def window(period: Period, at: datetime) -> tuple[datetime, datetime]:
    """The window of `period` that holds `at`: when it begins, and when the next one does. UTC."""
    at = at.astimezone(timezone.utc)
    if period == "hour":
        start = at.replace(minute=0, second=0, microsecond=0)
        return start, start + timedelta(hours=1)
    start = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return start, start + timedelta(days=1)
    start = start.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)
