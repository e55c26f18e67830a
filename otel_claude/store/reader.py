"""Reads spans from the store, or from any file of OTLP/JSON lines, such as the Collector's file exporter
writes.

A *line* holds one `TracesData` object or export request. A line that is cut short or is no such object is
*skipped* and counted, never fatal: a disk can fill up in the middle of a line. Spans come one at a time, in
the order of the files, which is not that of time.
"""

from __future__ import annotations

import base64
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from otel_claude.store.files import day_of
from otel_claude.store.location import PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from otel_claude.store.forms import Forms

    Matters = Callable[[bytes], bool]
    """Whether a line has to be decoded, by its bytes."""

Value = str | int | float | bool | bytes | list[Any] | dict[str, Any] | None

SERVER: Final = 2
CLIENT: Final = 3
"""Two of the kinds of a span, as OTLP numbers them."""

KINDS: Final = {
    f"SPAN_KIND_{name}": number
    for number, name in enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))
}
"""Each kind of a span, by its name in OTLP, as a number."""

_STATUS_CODES: Final = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}

LINE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes that a line may have. A longer one is skipped, so that a file that is no text cannot fill the
memory."""

_BUFFER: Final = 1024 * 1024
"""Bytes that are read at a time."""

NOT_TRACES: Final = (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError)
"""What comes of treating anything else as OTLP traces."""

_OTHER_JSON: Final = "is JSON, but not OTLP traces"

_HEAD: Final = b'{"resourceSpans":'
"""How a line of ours begins. Inside of a JSON string it cannot occur: its quotes would be escaped."""


class StoreError(Exception):
    """A path cannot be read as traces. The message names it and says what to do."""


class EmptyStoreError(StoreError):
    """There are no spans yet."""


@dataclass(slots=True)  # not frozen: it would take three times as long to make one
class Span:
    """One span. Ids are lower-case hexadecimal, `""` for none; times are nanoseconds since 1970-01-01 UTC."""

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: int
    scope: str
    start_ns: int
    end_ns: int
    status_code: int
    """0 unset, 1 ok, 2 error."""

    attributes: Mapping[str, Value]
    resource: Mapping[str, Value]


@dataclass(slots=True)
class ReadReport:
    """What a reading met, up to date when it is over."""

    files: int = 0
    lines: int = 0
    spans: int = 0
    skipped: int = 0
    """Lines, or parts of lines, that were no traces."""

    read_bytes: int = field(default=0, compare=False)
    """Of the lines that were read."""

    first_skipped: str | None = None
    """The place of the first skipped line, as `file:line`, and what is wrong with it."""

    def merge(self, later: ReadReport) -> None:
        """Adds what was met in what was read after this."""
        self.files += later.files
        self.lines += later.lines
        self.spans += later.spans
        self.skipped += later.skipped
        self.read_bytes += later.read_bytes
        self.first_skipped = self.first_skipped or later.first_skipped


@dataclass(frozen=True, slots=True)
class Slice:
    """The lines of a file that begin at its bytes from `start` up to `end`, or up to the end of the file."""

    path: Path
    start: int = 0
    end: int | None = None


def read(
    paths: Iterable[Path | str],
    *,
    since: datetime | None = None,
    report: ReadReport | None = None,
    matters: Matters | None = None,
) -> Iterator[Span]:
    """The spans in `paths`: files, directories of `*.jsonl` files, or `-` for standard input.

    A directory that has a store in `.otel-claude/traces` stands for that. With `since`, only spans that
    began then or later; with `matters`, only those of lines that do, which saves decoding the others. `report` is
    filled in along the way.

    Raises `StoreError` at once for a path that does not exist, `EmptyStoreError` at once where `paths` hold
    no file, and `StoreError` while reading for a path that cannot be read or in which nothing is OTLP/JSON.
    """
    report = ReadReport() if report is None else report
    return read_sources(sources(paths, since), report, since=since, matters=matters)


def sources(paths: Iterable[Path | str], since: datetime | None) -> dict[str, list[Path]]:
    """The files that each of `paths` stands for, each file once, without those that are before `since`.

    Raises as `read` does at once."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        found.setdefault(str(path), files(path))
    if not any(found.values()):
        raise EmptyStoreError(f"{', '.join(found) or 'the store'}: holds no traces yet: no *.jsonl file")
    seen: set[Path] = set()
    for name, listed in found.items():
        fresh = {path.resolve(): path for path in listed if not is_before(path, since)}
        found[name] = [path for real, path in fresh.items() if real not in seen]
        seen.update(fresh)
    return found


def read_sources(
    sources: Mapping[str, list[Path]],
    report: ReadReport,
    *,
    since: datetime | None = None,
    matters: Matters | None = None,
) -> Iterator[Span]:
    """The spans in `sources`, as the function of that name finds them; raises as `read` does while reading."""
    for name, paths in sources.items():
        before = replace(report)
        for path in paths:
            report.files += 1
            yield from read_slice(Slice(path), report, since=since, matters=matters)
        check(name, before, report)


def read_slice(
    part: Slice, report: ReadReport, *, since: datetime | None = None, matters: Matters | None = None
) -> Iterator[Span]:
    """The spans in `part`; with `since` and `matters`, some of them, as for `read`. `report` is filled in.

    Raises `StoreError` for a file that cannot be read."""
    since_ns = 0 if since is None else int(since.timestamp() * 1_000_000_000)
    path = part.path
    shown = "<stdin>" if str(path) == "-" else str(path)
    forms = _forms()
    try:
        with _opened(part) as file:
            for number, line in enumerate(_lines(file, part), 1):
                report.read_bytes += len(line)
                if line.isspace():
                    continue
                report.lines += 1
                if matters is not None and not matters(line):
                    continue
                span = forms.span(line)
                if span is not None:
                    spans = [span]
                else:
                    spans, wrong = _spans_of_line(line)
                    if wrong is not None:
                        report.skipped += 1
                        if report.first_skipped is None:
                            report.first_skipped = f"{shown}:{_lines_before(part) + number}: {wrong}"
                    elif len(spans) == 1:
                        forms.learn(line)
                for span in spans:
                    report.spans += 1
                    if span.start_ns >= since_ns:
                        yield span
    except FileNotFoundError:  # a writer made room since the directory was listed
        return
    except OSError as error:
        raise StoreError(f"{shown}: cannot be read: {error.strerror}") from None


def check(name: str, before: ReadReport, after: ReadReport) -> None:
    """Raises `StoreError` where what was read of the source `name`, between these reports, is something else."""
    skipped = after.skipped - before.skipped
    if skipped and skipped == after.lines - before.lines and after.spans == before.spans:
        raise StoreError(
            f"{name}: nothing in it is OTLP/JSON; expected one object with resourceSpans a line, as "
            f"otel-claude and the Collector's file exporter write it (first: {after.first_skipped})"
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds spans: the bytes from `start` to `end`, decoded."""

    start: int
    end: int
    request: Mapping[str, Any]
    spans: int


def lines(path: Path, report: ReadReport, *, start: int = 0) -> Iterator[Line]:
    """The lines of the file at `path`, from the byte `start` on. One that is still being written is left for later.

    `report` is filled in along the way. Raises `StoreError` for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            for line in _lines(file, Slice(path, start)):
                begin, start = start, file.tell()
                if not line.endswith(b"\n") and len(line) < LINE_LIMIT:
                    return
                if line.isspace():
                    continue
                report.lines += 1
                request, wrong = _decoded(line)
                spans = 0
                if request is None:
                    wrong = wrong or _OTHER_JSON
                else:
                    try:
                        spans = len(spans_of(request))
                    except NOT_TRACES:
                        wrong = _OTHER_JSON
                if wrong is not None:
                    report.skipped += 1
                    report.first_skipped = report.first_skipped or f"{path}: byte {begin}: {wrong}"
                report.spans += spans
                if spans:
                    yield Line(begin, start, request, spans)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from None


def files(path: Path | str) -> list[Path]:
    """The files that `path` stands for: itself, those of a directory or of the store in it, or `-`.

    Raises `StoreError` where there is no such path, and for a directory that cannot be listed.
    """
    if str(path) == "-":
        return [Path("-")]
    path = Path(path)
    if path.is_dir():
        stores = (path / PROJECT_FOLDER / "traces", path / "traces")
        folder = next((store for store in stores if store.is_dir()), path)
        try:
            return sorted(file for file in folder.iterdir() if file.suffix == ".jsonl" and file.is_file())
        except OSError as error:
            raise StoreError(f"{folder}: cannot be listed: {error.strerror}") from None
    if not path.exists():
        raise StoreError(
            f"{path}: does not exist; name a store's directory, a file of OTLP/JSON lines, or - for stdin"
        )
    return [path]


def is_before(path: Path, since: datetime | None) -> bool:
    """Whether the name of `path` says that nothing in it began at `since` or later."""
    day = day_of(path)
    return since is not None and day is not None and day < since.astimezone(timezone.utc).date()


def _lines_before(part: Slice) -> int:
    """How many lines of the file begin before `part`."""
    if not part.start:
        return 0
    ends, left, block = 0, part.start, b""
    with part.path.open("rb") as file:
        while left and (block := file.read(min(left, _BUFFER))):
            ends, left = ends + block.count(b"\n"), left - len(block)
    return ends + (not block.endswith(b"\n"))


@contextmanager
def _opened(part: Slice) -> Iterator[IO[bytes]]:
    if str(part.path) == "-":
        yield sys.stdin.buffer
        return
    with part.path.open("rb", buffering=_BUFFER) as file:
        if part.start:  # the line in which it begins is of the slice before, unless that ends with it
            file.seek(part.start - 1)
            file.readline()
        yield file


def _lines(file: IO[bytes], part: Slice) -> Iterator[bytes]:
    """The lines of `file`, which is at the first of `part`; of one that is too long, its beginning only."""
    left = None if part.end is None else part.end - file.tell()
    while (left is None or left > 0) and (line := file.readline(LINE_LIMIT)):
        rest = line
        while len(rest) == LINE_LIMIT and not rest.endswith(b"\n"):
            rest = file.readline(LINE_LIMIT)
            left = None if left is None else left - len(rest)
        left = None if left is None else left - len(line)
        yield line


def _spans_of_line(line: bytes) -> tuple[list[Span], str | None]:
    """The spans of `line`, and what is wrong with it or a part of it, if anything."""
    decode = _fast()
    spans = None if decode is None else decode(line)
    if spans is not None:
        return spans, None
    request, wrong = _decoded(line)
    if request is None:
        return [], wrong or _OTHER_JSON
    try:
        return spans_of(request), wrong
    except NOT_TRACES:
        return [], _OTHER_JSON


@cache
def _forms() -> Forms:
    """The forms of the lines that this process reads."""
    from otel_claude.store.forms import Forms

    return Forms()


@cache
def _fast() -> Callable[[bytes], list[Span] | None] | None:
    """What decodes a line faster than the standard library, where msgspec is installed."""
    try:
        from otel_claude.store.typed import spans_of_line
    except ImportError:
        return None
    return spans_of_line


def _decoded(line: bytes) -> tuple[Any, str | None]:
    """What `line` holds, `None` for nothing, and what is wrong with it or a part of it, if anything."""
    try:
        return json.loads(line), None
    except (ValueError, RecursionError):
        # Another process may have gone on after a line that was cut short.
        start = line.rfind(_HEAD)
        if start > 0:
            return _decoded(line[start:])[0], "begins with a line that was cut short"
        return None, "is cut short, or not JSON"


def spans_of(request: Any) -> list[Span]:
    """The spans of decoded OTLP/JSON. For anything else it raises what came of treating it as such."""
    spans: list[Span] = []
    for of_resource in request["resourceSpans"]:
        resource = _attributes((of_resource.get("resource") or {}).get("attributes") or ())
        for of_scope in of_resource.get("scopeSpans") or ():
            scope = _string((of_scope.get("scope") or {}).get("name"))
            for span in of_scope.get("spans") or ():
                status = (span.get("status") or {}).get("code", 0)
                kind = span.get("kind", 0)
                spans.append(
                    Span(
                        trace_id=hex_id(span["traceId"], 32),
                        span_id=hex_id(span["spanId"], 16),
                        parent_span_id=hex_id(span.get("parentSpanId") or "", 16),
                        name=_string(span.get("name")),
                        kind=KINDS.get(kind, 0) if isinstance(kind, str) else int(kind),
                        scope=scope,
                        start_ns=time_ns(span.get("startTimeUnixNano")),
                        end_ns=time_ns(span.get("endTimeUnixNano")),
                        status_code=_STATUS_CODES.get(status, 0) if isinstance(status, str) else int(status),
                        attributes=_attributes(span.get("attributes") or ()),
                        resource=resource,
                    )
                )
    return spans


def _attributes(items: Iterable[Any]) -> dict[str, Value]:
    return {_string(item["key"]): value_of(item["value"]) for item in items if "value" in item}


def _string(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise TypeError(f"{value!r} is not a string")


def time_ns(value: Any) -> int:
    """A time in nanoseconds, which OTLP/JSON writes as text. Raises `ValueError` for what is none."""
    time = int(value or 0)
    if 0 <= time < 1 << 64:
        return time
    raise ValueError(f"{value!r} is not a time")


def bytes_of(text: Any) -> bytes:
    """What `text` is in base64. Raises `ValueError` for what is not."""
    return base64.b64decode(text)


def value_of(value: Mapping[str, Any]) -> Value:
    """An `AnyValue` in Python's types."""
    for kind, content in value.items():
        decode = _DECODERS.get(kind)
        if decode is not None:
            return decode(content)
    return None


_DECODERS: Final[Mapping[str, Callable[[Any], Value]]] = {
    "stringValue": _string,
    "intValue": int,
    "doubleValue": float,
    "boolValue": bool,
    "arrayValue": lambda array: [value_of(item) for item in array.get("values") or ()],
    "kvlistValue": lambda pairs: _attributes(pairs.get("values") or ()),
    "bytesValue": bytes_of,
}
"""Each kind of `AnyValue`. OTLP/JSON writes 64-bit integers, and doubles that are not finite, as text."""


def hex_id(text: str, digits: int) -> str:
    """`text`, an id in hexadecimal or base64, in hexadecimal of `digits`, or "". Raises `ValueError` for others."""
    if len(text) == digits:
        return text.lower()
    if not text:
        return ""
    decoded = base64.b64decode(text, validate=True).hex()
    if len(decoded) != digits:
        raise ValueError(f"{text!r} is not an id of {digits} hexadecimal digits")
    return decoded
