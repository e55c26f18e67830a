"""The daily files of a store: their names, their order and how the oldest make room.

A day's file is `traces-2026-11-20.jsonl`; when it is full the day goes on in a further *segment*,
`traces-2026-11-20.1.jsonl`. Days are UTC. A whole segment is removed at a time, so that no reader or writer
needs a lock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MAX_MB: Final = 256
MAX_DAYS: Final = 14
SEGMENTS: Final = 8
"""How many segments fill a store: the share of it that is given up when it is full is one over this."""

_NAME: Final = re.compile(r"traces-(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class DailyFile:
    """One segment of a day. They sort from the oldest to the newest."""

    day: date
    segment: int
    path: Path


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a store may hold: `max_bytes` in all its daily files, for `max_days` days, today included."""

    max_bytes: int = MAX_MB * 1_000_000
    max_days: int = MAX_DAYS

    @property
    def segment_bytes(self) -> int:
        """The size at which a segment is full."""
        return max(1, self.max_bytes // SEGMENTS)


def day_of(path: Path) -> date | None:
    """The day that a daily file's name says, or `None` for a file of another name."""
    found = parse(path)
    return found.day if found else None


def parse(path: Path) -> DailyFile | None:
    """What the name of a daily file says, or `None` for a file of another name."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    try:
        return DailyFile(date.fromisoformat(match[1]), int(match[2] or 0), path)
    except ValueError:
        return None


def daily_files(directory: Path) -> list[DailyFile]:
    """The daily files of `directory`, oldest first. Raises `OSError` where it cannot be listed."""
    return sorted(found for path in directory.iterdir() if (found := parse(path)) is not None)


def current(directory: Path, day: date, limits: Limits) -> Path:
    """The file that a line written on `day` goes to: the day's newest segment, or a new one where that is
    full."""
    segment = max((file.segment for file in daily_files(directory) if file.day == day), default=0)
    path = _path(directory, day, segment)
    if path.exists() and path.stat().st_size >= limits.segment_bytes:
        return _path(directory, day, segment + 1)
    return path


def make_room(directory: Path, keep: Path, limits: Limits) -> int:
    """Removes the oldest files, until those beside `keep` leave a segment free within `limits`; returns how
    many.

    A file that cannot be removed, or that another process removed first, is passed over.
    """
    files = [file for file in daily_files(directory) if file.path != keep]
    day = day_of(keep)
    oldest = _days_before(day, limits.max_days - 1) if day else date.min
    sizes = {file.path: _size(file.path) for file in files}
    total = sum(sizes.values())
    removed = 0
    for file in files:
        if file.day >= oldest and total <= limits.max_bytes - limits.segment_bytes:
            break
        try:
            file.path.unlink()
        except OSError:
            continue
        total -= sizes[file.path]
        removed += 1
    return removed


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days=days) if days <= (day - date.min).days else date.min


def _path(directory: Path, day: date, segment: int) -> Path:
    return directory / (f"traces-{day}.{segment}.jsonl" if segment else f"traces-{day}.jsonl")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
