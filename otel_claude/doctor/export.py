"""Checks where spans go, and sends one there.

The test span goes through the exporters that a program here would have, so that certificates, proxies and headers
count.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from otel_claude import exporters
from otel_claude.attributes import OUR_SCOPE
from otel_claude.doctor.check import Check
from otel_claude.store import location

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

SPAN_NAME: Final = "otel-claude doctor"

_PORTS: Final = {4317: "grpc", 4318: "http/protobuf"}
"""The ports that receivers serve each protocol on by convention."""

_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TRACES_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


def destination() -> Iterator[Check]:
    """Where the spans of a program go that sets no provider of its own, and what is odd about the settings."""
    if exporters.are_wanted("traces"):
        names = exporters.names("traces") or ["otlp"]
        yield Check("spans", "fine", f"go to {_target(names)}")
        yield from _oddities(names)
    elif exporters.names("traces") == ["none"]:
        yield Check(
            "spans",
            "warning",
            "go nowhere: OTEL_TRACES_EXPORTER is none",
            "unset it, or set a provider in the program",
        )
    else:
        yield _store()
    if not exporters.are_wanted("metrics"):
        yield Check(
            "metrics",
            "note",
            "go nowhere, unless the program sets a meter provider",
            "set OTEL_METRICS_EXPORTER=otlp, or OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, to have them",
        )
    else:
        yield Check("metrics", "fine", f"go to {', '.join(exporters.names('metrics') or ['otlp'])}")


def _target(names: list[str]) -> str:
    address = os.environ.get(_TRACES_ENDPOINT) or os.environ.get(_ENDPOINT)
    named = ", ".join(names)
    return f"{address} ({named}, {exporters.protocol('traces')})" if address else named


def _oddities(names: list[str]) -> Iterator[Check]:
    if "otlp" not in names:
        return
    protocol = exporters.protocol("traces")
    own, shared = os.environ.get(_TRACES_ENDPOINT, "").strip(), os.environ.get(_ENDPOINT, "").strip()
    variable, address = (_TRACES_ENDPOINT, own) if own else (_ENDPOINT, shared)
    if not address:
        return
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"}:
        yield Check(
            variable, "problem", f"{address!r} has no scheme", f"write http://{address} or https://{address}"
        )
        return
    meant = _PORTS.get(parts.port or 0)
    if meant is not None and meant.partition("/")[0] != protocol.partition("/")[0]:
        yield Check(
            variable,
            "warning",
            f"port {parts.port} is where receivers speak {meant}, and the protocol here is {protocol}",
            f"set OTEL_EXPORTER_OTLP_PROTOCOL={meant}, or the other port",
        )
    if own and protocol != "grpc" and not parts.path.rstrip("/").endswith("/v1/traces"):
        yield Check(
            variable,
            "warning",
            "is taken as it is: /v1/traces is not put behind it",
            f"write {address.rstrip('/')}/v1/traces, or use {_ENDPOINT}",
        )


def _store() -> Check:
    folder = location.default_directory()
    if folder is None:
        return Check(
            "spans",
            "problem",
            "are not kept: OTEL_CLAUDE_STORE is off, and no endpoint is named",
            f"set {_ENDPOINT}, or unset OTEL_CLAUDE_STORE",
        )
    try:
        location.prepare(folder)
        files = [file for file in folder.iterdir() if file.suffix == ".jsonl"]
    except OSError as error:
        return Check(
            "spans",
            "problem",
            f"cannot be kept in {folder}: {error.strerror}",
            "set OTEL_CLAUDE_STORE to another directory",
        )
    if not os.access(folder, os.W_OK):
        return Check(
            "spans",
            "problem",
            f"cannot be kept in {folder}: it is read-only",
            "set OTEL_CLAUDE_STORE to another directory",
        )
    size = sum(file.stat().st_size for file in files) / 1e6
    held = f"{len(files)} files, {size:,.1f} MB" if files else "empty so far"
    return Check("spans", "fine", f"are kept in {_shown(folder)} ({held}); otel-claude report reads them")


def _shown(folder: Path) -> str:
    here = location.current_directory()
    return str(folder.relative_to(here)) if here is not None and folder.is_relative_to(here) else str(folder)


def send() -> tuple[list[Check], str | None]:
    """Sends one test span by each exporter that the environment names: what came of it, and the id of its trace
    where an endpoint took it."""
    with _collected() as said:
        made = exporters.made("traces")
    failed = [Check("test span", "problem", text) for text in said]
    if not made:
        return failed, None
    span = _span()
    checks = failed
    has_arrived = False
    for exporter in made:
        check = _export(exporter, span)
        has_arrived = has_arrived or check.state == "fine"
        checks.append(check)
    context = span.get_span_context()
    return checks, f"{context.trace_id:032x}" if has_arrived and context is not None else None


def _span() -> ReadableSpan:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    memory = InMemorySpanExporter()
    provider = TracerProvider(ALWAYS_ON, Resource.create(), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    provider.get_tracer(OUR_SCOPE).start_span(SPAN_NAME).end()
    return memory.get_finished_spans()[0]


def _export(exporter: Any, span: ReadableSpan) -> Check:
    from opentelemetry.sdk.trace.export import SpanExportResult

    name = type(exporter).__name__
    with _collected() as said:
        try:
            result = exporter.export([span])
        except Exception as error:  # noqa: BLE001 - whatever an exporter raises is what the user has to know
            result = SpanExportResult.FAILURE
            said.append(str(error))
        finally:
            exporter.shutdown()
    if result is SpanExportResult.SUCCESS:
        return Check("test span", "fine", f"was taken ({name})")
    reason = said[0] if said else "the exporter does not say why"
    return Check("test span", "problem", f"was not taken: {reason}", _advice(reason))


_ADVICE: Final = (
    ("401", "the endpoint wants a key: set OTEL_EXPORTER_OTLP_HEADERS"),
    ("403", "the key may not write there: look at OTEL_EXPORTER_OTLP_HEADERS"),
    ("UNAUTHENTICATED", "the endpoint wants a key: set OTEL_EXPORTER_OTLP_HEADERS"),
    ("404", "nothing takes traces at this path: look at the endpoint"),
    ("405", "nothing takes traces at this path: look at the endpoint"),
    ("415", "set OTEL_EXPORTER_OTLP_PROTOCOL to what the endpoint speaks"),
    ("refused", "nothing listens there: start the backend, or look at the host and the port"),
    ("UNAVAILABLE", "nothing speaks gRPC there: look at the host, the port and OTEL_EXPORTER_OTLP_PROTOCOL"),
    ("resolve", "the host's name is not known here: look at the endpoint"),
    ("certificate", "set OTEL_EXPORTER_OTLP_CERTIFICATE to the authority that signed the endpoint's"),
    ("timed out", "the endpoint does not answer in time: look at the port, and at what stands between"),
    ("BadStatusLine", "the endpoint does not speak HTTP: try OTEL_EXPORTER_OTLP_PROTOCOL=grpc"),
)
"""What an error has in it, with what to do."""


def _advice(reason: str) -> str | None:
    return next((advice for mark, advice in _ADVICE if mark in reason), None)


class _Collecting(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage().strip())


@contextmanager
def _collected() -> Iterator[list[str]]:
    """What OpenTelemetry and we log at that time, kept from the terminal."""
    loggers = [logging.getLogger(name) for name in ("opentelemetry", "otel_claude")]
    handler = _Collecting()
    before = [(logger, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield handler.said
    finally:
        for logger, propagates in before:
            logger.removeHandler(handler)
            logger.propagate = propagates
