"""Reads spans from Jaeger's query API, version 3, which answers in OTLP/JSON (Jaeger 1.58 and later, 2.x).

A search is for one service and a period, and finds so many traces at most. A period in which it finds that many is
halved and searched again, so that none is missed; a trace found twice counts once.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from otel_claude.store.reader import NOT_TRACES, StoreError, spans_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_claude.store.reader import ReadReport, Span

DEPTH: Final = 1000
"""How many traces a search asks for."""

SHORTEST: Final = timedelta(milliseconds=1)
"""A period that is not halved any more."""

TIMEOUT_S: Final = 60.0


def read(url: str, since: datetime, report: ReadReport) -> Iterator[Span]:
    """The spans of the Jaeger at `url` from `since` until now. Raises `StoreError`."""
    parts = urlsplit(url)
    base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    services = parse_qs(parts.query).get("service") or _services(base)
    until = datetime.now(timezone.utc)
    seen: set[tuple[str, str]] = set()
    for service in services:
        report.files += 1
        for span in _search(base, service, since, until):
            place = (span.trace_id, span.span_id)
            if place not in seen and span.start_ns >= since.timestamp() * 1e9:
                seen.add(place)
                report.spans += 1
                yield span


def _search(base: str, service: str, since: datetime, until: datetime) -> Iterator[Span]:
    spans = _found(base, service, since, until)
    middle = since + (until - since) / 2
    if len({span.trace_id for span in spans}) < DEPTH or until - since < SHORTEST:
        yield from spans
    else:
        yield from _search(base, service, since, middle)
        yield from _search(base, service, middle, until)


def _found(base: str, service: str, since: datetime, until: datetime) -> list[Span]:
    # Newer versions know these names besides others; older ones know only these.
    query = {
        "query.service_name": service,
        "query.start_time_min": _time(since),
        "query.start_time_max": _time(until),
        "query.num_traces": str(DEPTH),
    }
    spans: list[Span] = []
    for answer in _answers(f"{base}/api/v3/traces", query):
        result = answer.get("result", answer)
        try:
            spans += spans_of(result) if result.get("resourceSpans") else []
        except NOT_TRACES:
            raise StoreError(f"{base}/api/v3/traces: the answer is not OTLP; is this Jaeger?") from None
    return spans


def _services(base: str) -> list[str]:
    found = [
        name for answer in _answers(f"{base}/api/v3/services", {}) for name in answer.get("services") or ()
    ]
    if not all(isinstance(name, str) for name in found):
        raise StoreError(f"{base}/api/v3/services: the answer is not a list of names; is this Jaeger?")
    return found


def _answers(url: str, query: dict[str, str]) -> list[dict[str, Any]]:
    """The JSON objects that `url` answers with: one, or several one after the other, or none."""
    import requests

    try:
        response = requests.get(url, params=query, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        raise StoreError(f"{url}: cannot be reached: {error}") from None
    if response.status_code == 404 and "No traces" in response.text:
        return []
    if not response.ok:
        raise StoreError(f"{url}: answered {response.status_code}: {' '.join(response.text.split())[:200]}")
    decoder, text, found = json.JSONDecoder(), response.text.strip(), []
    try:
        while text:
            value, end = decoder.raw_decode(text)
            found.append(value)
            text = text[end:].lstrip()
    except ValueError:
        raise StoreError(f"{url}: the answer is not JSON; is this Jaeger's address?") from None
    if not all(isinstance(value, dict) for value in found):
        raise StoreError(f"{url}: the answer is not an object; is this Jaeger's address?")
    return found


def _time(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
