"""How far a command is in reading the store: a bar on a terminal's standard error, and nowhere else."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Final

from otel_claude.store.reader import files, is_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from otel_claude.store.reader import ReadReport, Span

_SPANS: Final = 1000
"""How many are read before the bar moves."""

LEAST_BYTES: Final = 10_000_000
"""Less than this is read before a bar could be seen."""


def shown(
    spans: Iterator[Span], stores: Iterable[Path | str], since: datetime | None, report: ReadReport
) -> Iterator[Span]:
    """`spans`, read from `stores` as `report` tells, with a bar while that goes on."""
    if not sys.stderr.isatty():
        return spans
    found = {file for store in stores for file in files(store) if not is_before(file, since)}
    size = sum(_size(file) for file in found)
    return spans if size < LEAST_BYTES else _with_bar(spans, size, report)


def _with_bar(spans: Iterator[Span], size: int, report: ReadReport) -> Iterator[Span]:
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
        while some := list(islice(spans, _SPANS)):
            yield from some
            bars.update(bar, completed=report.read_bytes)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # standard input, or a file that a writer made room of
        return 0
