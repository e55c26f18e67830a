"""What a month of calls comes to, told from traces of a shorter time, and only where these are long enough."""

from __future__ import annotations

from typing import Final

MONTH: Final = 30.0
"""Days."""

LEAST_DAYS: Final = 7.0
"""What traces must cover of a call before a month is told from them: a week has its weekend."""

LEAST_CALLS: Final = 100


def months(calls: int, days: float) -> float | None:
    """How many times as much a month is as what `calls` calls in `days` days were; `None` for too few of either."""
    return None if days < LEAST_DAYS or calls < LEAST_CALLS else MONTH / days
