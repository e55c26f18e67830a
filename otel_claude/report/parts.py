"""Sums up a large store with all processors: in parts, each by another process, which are merged in their order.

What is counted, and what it comes to, is what one process alone comes to. A part does not know what the others have
seen, so spans of which there are copies in several parts are found when these are merged, and the later part is summed
up anew without them.
"""

from __future__ import annotations

import gc
import os
import signal
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import repeat
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from otel_claude.report.sums import Sums
from otel_claude.store.reader import ReadReport, Slice, check, read_slice

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime
    from pathlib import Path

    from otel_claude.report.pricing import Pricing

PART_BYTES: Final = 32_000_000
"""How much of a file a part is."""

LEAST_PARTS: Final = 4
"""A store of fewer is read sooner than another process has begun."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of each part; see `Sums`."""

    by: tuple[str, ...]
    pricing: Pricing
    since: datetime | None = None
    has_page: bool = False

    def sums(self, without: AbstractSet[int] = frozenset()) -> Sums:
        """Sums of nothing yet. `without` are keys of spans that are not to be counted."""
        return Sums(self.by, self.pricing, has_page=self.has_page, without=without)


def processors() -> int:
    """How many processors there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def is_worth_it(sources: Mapping[str, Sequence[Path]]) -> bool:
    """Whether the files in `sources` are read sooner by several processes."""
    if any(str(path) == "-" for paths in sources.values() for path in paths):
        return False
    size = sum(_size(path) for paths in sources.values() for path in paths)
    return processors() > 1 and size >= PART_BYTES * LEAST_PARTS


def sum_up(
    sources: Mapping[str, Sequence[Path]], question: Question, sums: Sums, report: ReadReport
) -> Iterator[None]:
    """Adds all spans of `sources`, see `reader.sources`, to `sums`, and yields after each part.

    `report` is filled in along the way. Raises `StoreError` as `reader.read` does while reading.
    """
    parts = {name: [part for path in paths for part in _slices(path)] for name, paths in sources.items()}
    found = _each([part for slices in parts.values() for part in slices], question)
    with closing(found):
        for name, slices in parts.items():
            before = replace(report)
            for part in slices:
                theirs, met = next(found)
                copies = sums.counting.common(theirs.counting)
                if copies:
                    theirs, _ = _summed(part, question, copies)
                sums.merge(theirs)
                met.files = part.start == 0
                report.merge(met)
                yield
            check(name, before, report)


def _each(parts: Sequence[Slice], question: Question) -> Generator[tuple[Sums, ReadReport], None, None]:
    """What comes of each of `parts`, in their order."""
    done = 0
    try:
        # A fork would copy the locks of threads, such as that of a progress bar.
        with ProcessPoolExecutor(processors(), get_context("spawn"), _prepare) as pool:
            try:
                for found in pool.map(_summed, parts, repeat(question)):
                    yield found
                    done += 1
            finally:
                pool.shutdown(cancel_futures=True)
    except (BrokenExecutor, ImportError, OSError):  # here is no room for more processes
        for part in parts[done:]:
            yield _summed(part, question)


def _summed(
    part: Slice, question: Question, without: AbstractSet[int] = frozenset()
) -> tuple[Sums, ReadReport]:
    sums, report = question.sums(without), ReadReport()
    sums.add(read_slice(part, report, since=question.since))
    return sums, report


def _slices(path: Path) -> list[Slice]:
    starts = range(0, max(1, _size(path)), PART_BYTES)
    return [Slice(path, start, None if start == starts[-1] else start + PART_BYTES) for start in starts]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a writer made room since the directory was listed
        return 0


def _prepare() -> None:
    """Makes a process ready: the end by Ctrl-C, which all of them get, is up to the first one, and what is counted here
    has no cycles to look for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
