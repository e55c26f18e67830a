"""Calls of which it is known later whether they count, kept small: about a hundred bytes each."""

from __future__ import annotations

import pickle
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_claude.report.calls import Call

BLOCK: Final = 2000
"""How many calls are packed together."""

_FASTEST: Final = 1


class Identity(NamedTuple):
    """What tells a call from others, as keys: hashes that are the same in every process. 0 is none."""

    span: int
    parent: int
    response: int
    request: int


class Waiting:
    """Calls with their identity and their rank. Grows by `add`."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._ranks: set[int] = set()
        self._last: list[tuple[int, Identity, Call]] = []

    def add(self, rank: int, identity: Identity, call: Call) -> None:
        """Lets `call` wait."""
        self._ranks.add(rank)
        self._last.append((rank, identity, call))
        if len(self._last) >= BLOCK:
            self._pack()

    def merge(self, later: Waiting) -> None:
        """Lets the calls of `later` wait after these."""
        self._pack()
        later._pack()
        self._blocks += later._blocks
        self._ranks |= later._ranks

    def identities(self) -> Iterator[Identity]:
        """Those of all calls."""
        return (identity for _, identity, _ in self._all())

    def ranked(self) -> Iterator[tuple[Identity, Call]]:
        """All calls, those of the least rank first, and of one rank in the order in which they came."""
        for wanted in sorted(self._ranks):
            for rank, identity, call in self._all():
                if rank == wanted:
                    yield identity, call

    def __getstate__(self) -> tuple[list[bytes], set[int]]:
        self._pack()
        return self._blocks, self._ranks

    def __setstate__(self, state: tuple[list[bytes], set[int]]) -> None:
        self._blocks, self._ranks = state
        self._last = []

    def _all(self) -> Iterator[tuple[int, Identity, Call]]:
        for block in self._blocks:
            # It is our own, made by `_pack` in a process of this report.
            yield from pickle.loads(zlib.decompress(block))  # noqa: S301
        yield from self._last

    def _pack(self) -> None:
        if self._last:
            self._blocks.append(zlib.compress(pickle.dumps(self._last, pickle.HIGHEST_PROTOCOL), _FASTEST))
            self._last = []
