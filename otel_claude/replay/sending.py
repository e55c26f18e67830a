"""Sends files to an endpoint, batch by batch, each span once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from otel_claude.replay.batches import batches
from otel_claude.replay.endpoint import InDoubtError, SendingError
from otel_claude.replay.journal import Entry, Progress
from otel_claude.store.reader import ReadReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from otel_claude.replay.endpoint import Endpoint, Receipt

Doubt = Literal["stop", "resend", "skip"]
"""What to do with a batch in doubt: nothing, take it as not received, or take it as received."""


@dataclass(slots=True)
class Replay:
    """What a replay has done, up to date while it runs."""

    sent: int = 0
    """Spans that the endpoint took."""

    before: int = 0
    """Spans that it had been sent by an earlier replay."""

    rejected: int = 0
    first_rejection: str = ""
    read: ReadReport = field(default_factory=ReadReport)


class DoubtError(Exception):
    """A batch is in doubt, and the user has to say what to make of it. The message says how."""


def replay(
    file: Path,
    endpoint: Endpoint,
    journal: Path,
    *,
    doubt: Doubt = "stop",
    progress: Callable[[int], None] = lambda _offset: None,
    report: Replay,
) -> None:
    """Sends the spans of `file` that were not sent before. `progress` is told how many bytes of it are done.

    Raises `StoreError`, `JournalError`, `SendingError` and `DoubtError`; what was sent until then is remembered.
    """
    entry = Entry(journal, file, endpoint.url)
    with entry.locked():
        known = entry.read()
        position, sent = known.position, known.sent
        if known.in_doubt is not None:
            if doubt == "stop":
                raise DoubtError(_in_doubt(file, endpoint.url))
            if doubt == "skip":
                position = known.in_doubt
        report.before += sent
        progress(position.offset)
        for batch in batches(file, position, report.read):
            entry.write(Progress(position, batch.end, sent))
            try:
                receipt = endpoint.send(batch.resource_spans)
            except InDoubtError:
                raise DoubtError(_in_doubt(file, endpoint.url)) from None
            except SendingError:
                entry.write(Progress(position, None, sent))
                raise
            position, sent = batch.end, sent + batch.spans
            entry.write(Progress(position, None, sent))
            _count(report, batch.spans, receipt)
            progress(position.offset)


def _count(report: Replay, spans: int, receipt: Receipt) -> None:
    report.sent += spans - receipt.rejected
    report.rejected += receipt.rejected
    report.first_rejection = report.first_rejection or receipt.reason


def _in_doubt(file: Path, url: str) -> str:
    return (
        f"{file}: the last batch was sent to {url} and no answer came, so the endpoint may have it or not. "
        "Look there, and go on with --in-doubt skip if it does or --in-doubt resend if it does not"
    )
