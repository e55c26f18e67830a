"""Asks a backend whether a trace has arrived, where the backend can be asked."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from otel_claude.doctor.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S: Final = 10.0
"""How long a trace may take to be found."""

_JAEGER_PORT: Final = 16686
_PATHS: Final = (
    ("Jaeger", "/api/v3/traces/{trace}"),
    ("Jaeger", "/api/traces/{trace}"),
    ("Aspire Dashboard", "/api/telemetry/spans?traceId={trace}"),
)
"""The query API of each backend: Jaeger's two, and the dashboard's."""

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def ask(trace_id: str, query: str | None) -> Check:
    """Looks for the trace at the address `query`, or at Jaeger's usual one beside the endpoint of the environment."""
    addresses = [query.rstrip("/")] if query else list(_beside_the_endpoint())
    backend = next(
        ((address, *each) for address in addresses for each in _PATHS if _answers(address, each[1])), None
    )
    if backend is None:
        if query:
            return Check(
                "search",
                "problem",
                f"{query} answers as neither Jaeger nor the Aspire Dashboard",
                "name the address that its UI has",
            )
        return Check(
            "search",
            "note",
            f"the backend cannot be asked from here; look there for trace {trace_id}",
            "or name the address of Jaeger's UI with --query",
        )
    address, name, path = backend
    until = time.monotonic() + WAIT_S
    while not _holds(address + path.format(trace=trace_id), trace_id):
        if time.monotonic() > until:
            return Check(
                "search",
                "problem",
                f"{name} at {address} took the span and has not found it in {WAIT_S:.0f} s",
                "look at what stands between, such as a sampling Collector",
            )
        time.sleep(0.2)
    return Check("search", "fine", f"{name} at {address} found it: trace {trace_id}")


def _beside_the_endpoint() -> Iterator[str]:
    """Where Jaeger would be, if it is the endpoint and on this machine."""
    address = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or os.environ.get(
        "OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    host = urlsplit(address or "").hostname
    if host in _LOOPBACK:
        yield f"http://{f'[{host}]' if ':' in host else host}:{_JAEGER_PORT}"


def _answers(address: str, path: str) -> bool:
    """Whether the API is there: it knows no such trace, and says so in JSON."""
    import requests

    try:
        response = requests.get(address + path.format(trace="0" * 31 + "1"), timeout=5, allow_redirects=False)
        response.json()
    except (requests.RequestException, ValueError):
        return False
    return True


def _holds(url: str, trace_id: str) -> bool:
    import requests

    try:
        response = requests.get(url, timeout=5, allow_redirects=False)
    except requests.RequestException:
        return False
    return response.ok and trace_id in response.text.lower()
