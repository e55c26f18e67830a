"""`otel-claude trace`: one trace, and what each call in it cost."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

from otel_claude.cli import _progress
from otel_claude.report.pricing import Pricing
from otel_claude.report.trace import (
    UnknownTraceError,
    find_trace_id,
    last_trace_id,
    naming,
    trace_of,
)
from otel_claude.store import existing_directories
from otel_claude.store.reader import ReadReport, StoreError, read, read_sources, sources
from otel_claude.user_rates import RatesError, configured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from otel_claude.report.trace import Trace
    from otel_claude.store.reader import Matters, Span


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("wanted", metavar="[ID]", required=False)
@click.argument("stores", metavar="[STORE]...", nargs=-1)
@click.option("--last", is_flag=True, help="The latest trace. All arguments are then stores.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def command(wanted: str | None, stores: tuple[str, ...], output: str, *, last: bool) -> None:
    """Draw one trace as a waterfall, with what each call in it cost.

    ID is the beginning of a trace's id, or the id of a response (msg_…) or a request (req_…). STORE is a directory, a
    file of OTLP/JSON lines or - for standard input; by default this project's own traces.
    """
    if last and wanted is not None:
        stores = (wanted, *stores)
    elif not last and not (wanted or "").strip():
        raise click.UsageError("give the ID of a trace, or --last")
    try:
        rates = configured()
        pricing = Pricing(None if rates is None else rates.overrides, "recorded")
        spans = _spans(stores)
        trace_id = last_trace_id(spans) if last else _found(spans, (wanted or "").strip())
        trace = trace_of(spans(naming(trace_id)), trace_id, pricing)
    except (StoreError, RatesError, UnknownTraceError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    _print(trace, output)


def _found(spans: Callable[[Matters | None], Iterable[Span]], wanted: str) -> str:
    """The id of the trace that is wanted."""
    try:
        return find_trace_id(spans(naming(wanted)), wanted)
    except UnknownTraceError:
        return find_trace_id(spans(None), wanted)  # its id may be written in another way than it begins here


def _spans(stores: tuple[str, ...]) -> Callable[[Matters | None], Iterable[Span]]:
    """What reads the spans of the lines that matter, each time that it is called."""
    if "-" in stores:
        once = list(read(stores))
        return lambda _: once

    def spans(matters: Matters | None) -> Iterable[Span]:
        report, files = ReadReport(), sources(stores or existing_directories(), None)
        return _progress.shown(read_sources(files, report, matters=matters), files, report)

    return spans


def _print(trace: Trace, output: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    from otel_claude.report import waterfall

    if output == "json":
        click.echo(waterfall.as_json(trace), nl=False)
        return
    from rich.console import Console

    waterfall.show(Console(), trace)
