"""How far a command is in reading the store: a bar on a terminal's standard error, and nowhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from otel_claude.store.reader import ReadReport

Step = TypeVar("Step")

_LEAST_MOVE: Final = 1_000_000
"""How many bytes are read before the bar moves."""

LEAST_BYTES: Final = 10_000_000
"""Less than this is read before a bar could be seen."""


def shown(steps: Iterator[Step], sources: Mapping[str, Iterable[Path]], report: ReadReport) -> Iterator[Step]:
    """`steps` of reading the files in `sources`, as far as `report` tells, with a bar while that goes on."""
    if not sys.stderr.isatty():
        return steps
    size = sum(_size(file) for files in sources.values() for file in files)
    return steps if size < LEAST_BYTES else _with_bar(steps, size, report)


def _with_bar(steps: Iterator[Step], size: int, report: ReadReport) -> Iterator[Step]:
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("reading", total=size)
        moved = 0
        for step in steps:
            yield step
            if report.read_bytes - moved >= _LEAST_MOVE:
                moved = report.read_bytes
                bars.update(bar, completed=moved)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # standard input, or a file that a writer made room of
        return 0
