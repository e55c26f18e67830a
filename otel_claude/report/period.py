"""The beginning of a period, as people write it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO: Final = re.compile(r"(\d{1,6})([mhdw])")


def since(text: str, now: datetime) -> datetime:
    """The time that `text` means: `90m`, `24h`, `7d` or `2w` before `now`, or a date or time in ISO 8601.

    A time without an offset is UTC, a date its midnight; what is returned is in UTC. Raises `ValueError` for anything
    else.
    """
    match = _AGO.fullmatch(text)
    if match is not None:
        try:
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        except OverflowError:
            raise ValueError(f"{text!r} is too long ago") from None
    try:
        at = datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
    except ValueError:
        raise ValueError(f"{text!r} is no time; write 24h, 7d, 2026-11-01 or 2026-11-01T08:00") from None
    try:
        return at.replace(tzinfo=timezone.utc) if at.tzinfo is None else at.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(f"{text!r} is in no year from 1 to 9999 of UTC") from None
