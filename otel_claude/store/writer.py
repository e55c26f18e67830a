"""Writes spans to the store, each as it ends.

A *line* is one export: one `TracesData` object, appended by one `os.write` to a descriptor opened with
O_APPEND. The kernel keeps such writes of several threads and processes apart, so there is no lock that a
fork could copy while it is held, and no buffer that `os._exit` or a signal could lose.

Nothing here raises into the program that is traced: a span that cannot be written is dropped, counted in
`dropped`, and the reason is logged once.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_claude.first_use import first_use
from otel_claude.store import files, location

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from opentelemetry.context import Context
    from opentelemetry.proto_json.collector.trace.v1.trace_service import ExportTraceServiceRequest
    from opentelemetry.sdk.trace import ReadableSpan, Span

log: Final = logging.getLogger("otel_claude")

MAX_MB_VARIABLE: Final = "OTEL_CLAUDE_STORE_MAX_MB"
MAX_DAYS_VARIABLE: Final = "OTEL_CLAUDE_STORE_MAX_DAYS"

_EPOCH: Final = date(1970, 1, 1)
_SECONDS_A_DAY: Final = 86_400
_to_json: Final = json.JSONEncoder(separators=(",", ":")).encode
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW


class LineExporter(SpanExporter):
    """Appends each export as one line to the store's file of the day. Safe from any thread, and after a
    fork."""

    def __init__(
        self, directory: Path | None = None, *, max_mb: float | None = None, max_days: int | None = None
    ) -> None:
        """Writes to `directory`, by default `store.default_directory()`; where that is off, nowhere.

        `max_mb` (10**6 bytes) and `max_days` are by default what OTEL_CLAUDE_STORE_MAX_MB and _MAX_DAYS say,
        else 256 and 14. The directory is made at the first export.
        """
        self.directory: Final = location.default_directory() if directory is None else directory
        self.dropped = 0
        """How many spans could not be written."""

        mb = _number(MAX_MB_VARIABLE, files.MAX_MB) if max_mb is None else max_mb
        days = _number(MAX_DAYS_VARIABLE, files.MAX_DAYS) if max_days is None else max_days
        self._limits = files.Limits(int(mb * 1_000_000), int(days))
        self._file: _OpenFile | None = None
        self._said: set[str] = set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Writes `spans` as one line. Never raises."""
        if self.directory is None or not spans:
            return SpanExportResult.SUCCESS
        try:
            self._append(self.directory, _line(spans))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            self._drop(len(spans), f"cannot write to {self.directory}: {reason}")
        except Exception as error:  # noqa: BLE001 - a call of the user's must not fail for its trace
            self._drop(len(spans), f"cannot write a span: {error!r}")
        else:
            return SpanExportResult.SUCCESS
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Says how many spans were dropped, if any. What is exported later is still written."""
        if self.dropped:
            spans = "1 span was" if self.dropped == 1 else f"{self.dropped:,} spans were"
            self._say("dropped", f"{spans} not written to {self.directory}")

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002
        """Has nothing to do: every export is written when it returns."""
        return True

    def _append(self, directory: Path, line: bytes) -> None:
        day = int(time.time() // _SECONDS_A_DAY)
        file = self._file
        if file is None or file.day != day or not file.has_room(self._limits.segment_bytes):
            file = self._file = self._open(directory, day)
        file.write(line)

    def _open(self, directory: Path, day: int) -> _OpenFile:
        location.prepare(directory)
        path = files.current(directory, _EPOCH + timedelta(days=day), self._limits)
        file = _OpenFile(path, day)
        removed = files.make_room(directory, path, self._limits)
        if removed:
            kept = f"{self._limits.max_bytes / 1e6:g} MB and {self._limits.max_days} days are kept"
            self._say("removed", f"removed the oldest of the traces in {directory}: {kept}")
        return file

    def _drop(self, count: int, reason: str) -> None:
        self.dropped += count
        self._say(
            "failed", f"{reason}. Spans are dropped until that works; {location.VARIABLE} names another place"
        )

    def _say(self, key: str, message: str) -> None:
        if key not in self._said:
            self._said.add(key)
            log.warning("otel-claude: %s", message)


class WriteThroughProcessor(SpanProcessor):
    """Exports each sampled span when it ends, in the thread that ends it: no queue, no thread, no lock."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Has nothing to do."""

    def on_end(self, span: ReadableSpan) -> None:
        """Exports `span`. Never raises."""
        if not (span.context and span.context.trace_flags.sampled):
            return
        try:
            self._exporter.export((span,))
        except Exception:
            log.exception("otel-claude: cannot export a span")

    def shutdown(self) -> None:
        """Shuts the exporter down."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Asks the exporter to flush."""
        return self._exporter.force_flush(timeout_millis)


class _OpenFile:
    """A descriptor to append to, with the identity of the file behind it.

    The program may close descriptors that are not its own (daemons close all), after which the number can
    belong to another file or socket. So the identity is compared before each write, and before closing. It
    is closed when the last thread that uses it lets go of it.
    """

    __slots__ = ("_descriptor", "_identity", "_torn", "day")

    def __init__(self, path: Path, day: int) -> None:
        """Opens or makes `path` for its owner only. Raises `OSError`. `day` counts from 1970-01-01."""
        self.day = day
        self._descriptor = os.open(path, _FLAGS, 0o600)
        state = os.fstat(self._descriptor)
        self._identity = (state.st_dev, state.st_ino)
        self._torn = state.st_size > 0 and not _ends_with_newline(path)

    def has_room(self, segment_bytes: int) -> bool:
        """Whether the file is still there, still ours and not full."""
        try:
            state = os.fstat(self._descriptor)
        except OSError:
            return False
        return (
            (state.st_dev, state.st_ino) == self._identity
            and state.st_nlink > 0
            and state.st_size < segment_bytes
        )

    def write(self, line: bytes) -> None:
        """Appends `line`. Raises `OSError`; what part of it was written is then ended before the next
        line."""
        data = b"\n" + line if self._torn else line
        written = os.write(self._descriptor, data)
        while written < len(data):
            self._torn = True
            data = data[written:]
            written = os.write(self._descriptor, data)
        self._torn = False

    def __del__(self) -> None:
        try:
            state = os.fstat(self._descriptor)
            if (state.st_dev, state.st_ino) == self._identity:
                os.close(self._descriptor)
        except (AttributeError, OSError):  # it never opened, or was closed
            pass


def _line(spans: Sequence[ReadableSpan]) -> bytes:
    return _to_json(_encoder()(spans).to_dict()).encode("ascii") + b"\n"


@functools.cache
def _encoder() -> Callable[[Sequence[ReadableSpan]], ExportTraceServiceRequest]:
    with first_use:
        from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans
    return encode_spans


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _number(variable: str, default: int) -> float:
    value = os.environ.get(variable, "").strip()
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 < number < float("inf"):
        log.warning("otel-claude: %s is %r, which is no number above 0; %s is used", variable, value, default)
        return default
    return number
