"""A bounded backlog of records that the call path appends to and something else folds away later.

Appending never waits: a span can end in `__del__`, in the middle of any other code of the same thread, where
waiting for a lock would be a deadlock. When the backlog is full, the oldest of its records are folded there and then,
unless somebody is folding already: a few, so that no call takes much longer than another. No record is dropped.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

BOUND: Final = 2048
"""How many records are kept before some are folded."""

SHARE: Final = 64
"""How many are folded then."""


class Backlog(Generic[T]):
    """Records that wait to be folded by `fold`, which takes all that there are, in the order of their coming."""

    def __init__(self, fold: Callable[[Iterator[T]], None]) -> None:
        self._fold = fold
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._records: deque[T] = deque()
        self._folding = threading.Lock()

    def append(self, record: T) -> None:
        if os.getpid() != self._pid:
            # In a forked child: the parent folds what was there, and a thread of its own may have held the lock.
            self._start()
        self._records.append(record)
        if len(self._records) >= BOUND:
            self.drain(SHARE)

    def drain(self, most: int | None = None) -> None:
        """Folds what there is, or the oldest, at `most` so many. Returns at once when another thread, or a caller
        further out, is folding.
        """
        if not self._folding.acquire(blocking=False):
            return
        try:
            if self._records:
                self._fold(self._taken(most))
        finally:
            self._folding.release()

    def _taken(self, most: int | None) -> Iterator[T]:
        while self._records and most != 0:
            yield self._records.popleft()
            most = None if most is None else most - 1
