"""The endpoint's time, which a caller can move forward.

Cache entries live 5 minutes or 1 hour; whoever wants to see one expire advances the clock instead of waiting.
"""

from __future__ import annotations

import math
import threading
from datetime import datetime, timedelta, timezone


class Clock:
    """UTC time that runs (`Clock()`) or stands (`Clock(start)`), plus what it was advanced by.
    Thread-safe."""

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"the clock's start needs a time zone: {start.isoformat()}")
        self._start = start.astimezone(timezone.utc) if start else None
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The time in UTC."""
        with self._lock:
            return (self._start or datetime.now(timezone.utc)) + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move forward by `seconds` and return the new time.

        Raises:
            ValueError: `seconds` is negative or not finite, or leads beyond the year 9999.
        """
        try:
            if not math.isfinite(seconds) or seconds < 0:
                raise ValueError(f"a clock advances by zero or more seconds, not by {seconds}")
            with self._lock:
                offset = self._offset + timedelta(seconds=seconds)
                now = (self._start or datetime.now(timezone.utc)) + offset
                self._offset = offset
        except OverflowError:
            raise ValueError("so many seconds lead beyond the year 9999") from None
        return now
