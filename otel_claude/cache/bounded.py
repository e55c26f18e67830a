"""A map that forgets what was not used for longest, within a bound, and is read without a lock.

There are two generations. What is put goes into the young one; when that is full it becomes the old one, and what was
the old one is forgotten. Each step is one operation of a dict's, which other threads see whole.
"""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Keeps at least the last `bound` that was put, by weight, and at most twice that."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._weight = 0
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """What is kept under `key`."""
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Keeps `value`. Where two threads put at once, something may be forgotten early, and no more than that."""
        self._young[key] = value
        self._weight += weight
        if self._weight >= self._bound:
            self._old, self._young, self._weight = self._young, {}, 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
