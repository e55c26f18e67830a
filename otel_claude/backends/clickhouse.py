"""Reads spans from ClickHouse, in the tables that the Collector's `clickhouse` exporter makes, over HTTP.

That table keeps the values of attributes as text. Those that we write or read get their types back by their names;
the others stay text.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from otel_claude import attributes as names
from otel_claude.store.reader import KINDS, Span, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from otel_claude.store.reader import ReadReport, Value

TABLE: Final = "otel_traces"
"""The table's name, unless `?table=` says another."""

PASSWORD_VARIABLE: Final = "CLICKHOUSE_PASSWORD"  # noqa: S105 - a name
TIMEOUT_S: Final = 300.0

_STATUS: Final = {"Unset": 0, "Ok": 1, "Error": 2}
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_NUMERIC_PREFIXES: Final = ("gen_ai.usage.", "anthropic.usage.", "llm.token_count.", "llm.cost.")
_NUMERIC: Final = frozenset(
    {
        names.TIME_TO_FIRST_CHUNK,
        names.HTTP_STATUS_CODE,
        names.HTTP_RESEND_COUNT,
        names.REQUEST_MAX_TOKENS,
        *(each.name for each in (*names.REGISTRY, *names.BATCH_REGISTRY) if each.type in {"double", "int"}),
    }
)
_BOOLEAN: Final = frozenset(
    {
        names.REQUEST_STREAM,
        *(each.name for each in (*names.REGISTRY, *names.BATCH_REGISTRY) if each.type == "boolean"),
    }
)

_QUERY: Final = """
SELECT toUnixTimestamp64Nano(Timestamp) AS start_ns, Duration AS duration_ns, TraceId AS trace_id, SpanId AS span_id,
    ParentSpanId AS parent_span_id, SpanName AS name, SpanKind AS kind, ScopeName AS scope, StatusCode AS status,
    SpanAttributes AS attributes, ResourceAttributes AS resource
FROM {table}
WHERE Timestamp >= fromUnixTimestamp64Nano(toInt64({since_ns})) AND (startsWith(SpanName, 'anthropic.') OR arrayExists(
    key -> startsWith(key, 'gen_ai.') OR startsWith(key, 'otel_claude.') OR startsWith(key, 'llm.'),
    mapKeys(SpanAttributes)))
FORMAT JSONEachRow
"""
"""Of everything in the table, what may be about a call."""


def read(url: str, since: datetime, report: ReadReport) -> Iterator[Span]:
    """The spans in the ClickHouse at `url` from `since` on. The password is the address's, or that of the environment.

    Raises `StoreError`, which never holds the password.
    """
    import requests

    parts = urlsplit(url)
    table = (parse_qs(parts.query).get("table") or [TABLE])[0]
    database = unquote(parts.path.strip("/")) or "default"
    for name in (table, database):
        if not _IDENTIFIER.fullmatch(name):
            raise StoreError(f"{name!r} is no name of a table or a database")
    secure = parts.scheme == "clickhouses"
    scheme, port = ("https", 8443) if secure else ("http", 8123)
    address = f"{scheme}://{parts.hostname or 'localhost'}:{parts.port or port}/"
    password = unquote(parts.password or "") or os.environ.get(PASSWORD_VARIABLE, "")
    headers = {"X-ClickHouse-User": unquote(parts.username or "default"), "X-ClickHouse-Key": password}
    query = _QUERY.format(table=table, since_ns=int(since.timestamp() * 1_000_000_000))
    shown = f"{parts.scheme}://{parts.hostname}/{database}"
    report.files += 1
    try:
        with requests.post(
            address,
            params={"database": database, "output_format_json_quote_64bit_integers": "0"},
            data=query.encode(),
            headers=headers,
            timeout=TIMEOUT_S,
            stream=True,
            allow_redirects=False,
        ) as response:
            if not response.ok:
                raise StoreError(f"{shown}: {_said(response.text)}")
            for line in response.iter_lines():
                if line:
                    report.lines += 1
                    report.spans += 1
                    yield _span(line, shown)
    except requests.RequestException as error:
        raise StoreError(f"{shown}: cannot be read: {error}") from None


def _span(line: bytes, shown: str) -> Span:
    try:
        row = json.loads(line)
        start = int(row["start_ns"])
        return Span(
            trace_id=row["trace_id"],
            span_id=row["span_id"],
            parent_span_id=row["parent_span_id"],
            name=row["name"],
            kind=KINDS.get(f"SPAN_KIND_{row['kind'].upper().removeprefix('SPAN_KIND_')}", 0),
            scope=row["scope"],
            start_ns=start,
            end_ns=start + int(row["duration_ns"]),
            status_code=_STATUS.get(row["status"], 0),
            attributes=_typed(row["attributes"]),
            resource=row["resource"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        # An error in the middle of an answer comes as text in its place.
        raise StoreError(f"{shown}: {_said(line.decode('utf-8', 'replace'))}") from None


def _typed(attributes: Mapping[str, Any]) -> dict[str, Value]:
    return {name: _value(name, text) for name, text in attributes.items()}


def _value(name: str, text: Any) -> Value:
    if not isinstance(text, str):
        return str(text)
    if name in _BOOLEAN:
        return text == "true"
    if name in _NUMERIC or name.startswith(_NUMERIC_PREFIXES):
        try:
            return int(text)
        except ValueError:
            try:
                return float(text)
            except ValueError:
                return text
    return text


def _said(text: str) -> str:
    """The first sentences of an error of ClickHouse's."""
    return " ".join(text.split())[:300] or "no answer"
