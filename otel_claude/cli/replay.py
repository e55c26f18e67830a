"""`otel-claude replay`: sends stored spans to an OTLP endpoint."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from otel_claude.replay.endpoint import PROTOCOLS, SendingError, endpoint
from otel_claude.replay.journal import JournalError, default_directory
from otel_claude.replay.sending import DoubtError, Replay, replay
from otel_claude.store import existing_directories
from otel_claude.store.reader import StoreError, files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress, TaskID

    from otel_claude.replay.endpoint import Endpoint, Name
    from otel_claude.replay.sending import Doubt

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
HEADERS: Final = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
PROTOCOL: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
TIMEOUT_S: Final = 30.0


def _header(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    named = [each.partition("=") for each in value]
    for name, separator, _ in named:
        if not separator or not name.strip():
            raise click.BadParameter(f"{name!r} is not of the form NAME=VALUE", context, parameter)
    return {name.strip(): content.strip() for name, _, content in named}


def _environment(names: Sequence[str]) -> str:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")


def _headers(url: str, given: dict[str, str]) -> dict[str, str]:
    """Those `given`, and those of the environment where `url` is the endpoint that they are meant for."""
    from opentelemetry.util.re import parse_env_headers

    meant_for = _environment(ENDPOINTS)
    if not meant_for or urlsplit(meant_for)[:2] != urlsplit(url)[:2]:
        return given
    return {**parse_env_headers(_environment(HEADERS), liberal=True), **given}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("stores", metavar="[STORE]...", nargs=-1)
@click.option("--to", "url", metavar="URL", help="The endpoint.  [default: OTEL_EXPORTER_OTLP_ENDPOINT]")
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    help="How to speak to it.  [default: OTEL_EXPORTER_OTLP_PROTOCOL, or http/protobuf]",
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_header,
    help="Sent with each request, beside OTEL_EXPORTER_OTLP_HEADERS if the endpoint is the environment's.",
)
@click.option("--gzip", "gzipped", is_flag=True, help="Compress what is sent.")
@click.option(
    "--in-doubt",
    "doubt",
    type=click.Choice(["stop", "resend", "skip"]),
    default="stop",
    show_default=True,
    help="What to do with a batch that was sent and never answered.",
)
@click.option(
    "--journal",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to remember what was sent.  [default: in the user's state directory]",
)
def command(
    stores: tuple[str, ...],
    url: str | None,
    protocol: Name | None,
    headers: dict[str, str],
    doubt: Doubt,
    journal: Path | None,
    *,
    gzipped: bool,
) -> None:
    """Send stored spans to an OTLP endpoint, each of them once.

    STORE is a directory or a file of OTLP/JSON lines; by default this project's own traces. What was sent is
    remembered: the next replay to the same endpoint goes on from there.
    """
    url = url or _environment(ENDPOINTS)
    if not url:
        raise click.UsageError("name the endpoint with --to, such as --to http://localhost:4318")
    chosen = protocol or _environment(PROTOCOL) or "http/protobuf"
    if chosen not in PROTOCOLS:
        raise click.UsageError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL: {chosen!r} is not one of {', '.join(PROTOCOLS)}"
        )
    report = Replay()
    try:
        target = endpoint(url, chosen, _headers(url, headers), gzipped=gzipped, timeout_s=TIMEOUT_S)
    except (ValueError, ImportError) as error:
        raise click.UsageError(str(error)) from None
    try:
        found = _files(stores or existing_directories())
        _replay(found, target, journal or default_directory(), doubt, report)
    except (StoreError, JournalError, SendingError, DoubtError) as error:
        _say(report, target)
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        _say(report, target)
        raise
    _say(report, target)
    if report.rejected:
        raise SystemExit(1)


def _files(stores: Sequence[Path | str]) -> list[Path]:
    found = [file for store in stores for file in files(store)]
    if Path("-") in found:
        raise StoreError("-: what comes through a pipe cannot be resumed; name a file")
    if not found:
        raise StoreError(
            "there are no traces here yet; name a store's directory or a file of OTLP/JSON lines"
        )
    return list({file.resolve(): file for file in found}.values())


def _replay(files: Sequence[Path], target: Endpoint, journal: Path, doubt: Doubt, report: Replay) -> None:
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bars:
        sizes = [file.stat().st_size for file in files]
        bar = bars.add_task(target.url, total=sum(sizes))
        done = 0
        for file, size in zip(files, sizes, strict=True):
            replay(
                file,
                target,
                journal,
                doubt=doubt,
                progress=partial(_advance, bars, bar, done),
                report=report,
            )
            done += size


def _advance(bars: Progress, bar: TaskID, done: int, offset: int) -> None:
    bars.update(bar, completed=done + offset)


def _say(report: Replay, target: Endpoint) -> None:
    before = f" ({report.before:,} were there before)" if report.before else ""
    spans = "span" if report.sent == 1 else "spans"
    click.echo(f"Sent {report.sent:,} {spans} to {target.url}{before}")
    if report.read.skipped:
        lines = "line" if report.read.skipped == 1 else "lines"
        click.echo(
            f"Skipped {report.read.skipped:,} {lines}, the first {report.read.first_skipped}", err=True
        )
    if report.rejected:
        reason = f": {report.first_rejection}" if report.first_rejection else ""
        click.echo(f"The endpoint refused {report.rejected:,} of the spans{reason}", err=True)
