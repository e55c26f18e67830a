"""Reads spans back from where they were sent: the query API of Jaeger, or a ClickHouse that the Collector writes to.

What comes is the same `Span` that the local store has, so that every report is the same, whoever wrote it and from how
many machines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from otel_claude.store.reader import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from otel_claude.store.reader import ReadReport, Span


def read(url: str, since: datetime, report: ReadReport) -> Iterator[Span]:
    """The spans that the backend at `url` has, of which the first began at `since` or later.

    `url` is the address of Jaeger's UI, `http://localhost:16686`, with `?service=NAME` for one service only, or
    `clickhouse://USER@HOST:8123/DATABASE`, `clickhouses://` with TLS. `report` is filled in along the way.

    Raises `StoreError` at once for another address, and while reading for a backend that cannot be read.
    """
    scheme = urlsplit(url).scheme
    if scheme in {"http", "https"}:
        from otel_claude.backends import jaeger

        return jaeger.read(url, since, report)
    if scheme in {"clickhouse", "clickhouses"}:
        from otel_claude.backends import clickhouse

        return clickhouse.read(url, since, report)
    raise StoreError(
        f"{url}: is no backend that can be read; name the address of Jaeger's UI, such as http://localhost:16686, or "
        "clickhouse://HOST:8123/DATABASE"
    )
