"""`otel-claude report`: what calls cost."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from otel_claude import backends
from otel_claude.cli import _progress
from otel_claude.rates import age_notice
from otel_claude.report import formats, period
from otel_claude.report.parts import Question, is_worth_it, sum_up
from otel_claude.report.pricing import Pricing
from otel_claude.report.table import dimension
from otel_claude.report.trace import naming, trace_of
from otel_claude.report.words import printable
from otel_claude.store import existing_directories
from otel_claude.store.reader import EmptyStoreError, ReadReport, StoreError, read, read_sources, sources
from otel_claude.user_rates import RatesError, configured

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Sequence

    from otel_claude.call_site import CallSite
    from otel_claude.report.notes import Notes
    from otel_claude.report.page.content import Content
    from otel_claude.report.sums import Sums
    from otel_claude.report.table import Row, Table

BACKEND_PERIOD: Final = timedelta(days=7)
"""What is read of a backend unless the user says since when."""

NO_CALLS: Final = (
    "No Claude calls were recorded here yet. Run a program with `otel-claude run PROGRAM`, "
    "or call otel_claude.instrument() in it."
)


def _dimensions(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    try:
        for name in value:
            dimension(name)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None
    return value


def _since(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else period.since(value, datetime.now(timezone.utc))
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("stores", metavar="[STORE]...", nargs=-1)
@click.option(
    "--from",
    "backend",
    metavar="URL",
    help="Read from Jaeger (http://localhost:16686) or ClickHouse (clickhouse://HOST:8123/DATABASE) instead.",
)
@click.option(
    "--by",
    multiple=True,
    default=("feature",),
    show_default=True,
    metavar="DIMENSION",
    callback=_dimensions,
    help="Group by feature, model, callsite, day, task, miss-reason or tag.NAME. Can be given several times.",
)
@click.option(
    "--since", metavar="TIME", callback=_since, help="Only calls since 24h, 7d or 2026-11-01 (UTC)."
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv", "markdown"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.option(
    "--reprice",
    is_flag=True,
    help="Price every call anew, with today's table and your rates, and say how that differs from the record.",
)
@click.option(
    "--lint",
    "is_linted",
    is_flag=True,
    help="Lint this project, and name what it finds where money is wasted.",
)
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the report to this file, as one page that needs no network, instead of printing it.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the N dearest groups.")
def command(
    stores: tuple[str, ...],
    backend: str | None,
    by: tuple[str, ...],
    since: datetime | None,
    output: str,
    *,
    reprice: bool,
    is_linted: bool,
    page: Path | None,
    limit: int | None,
) -> None:
    """Show what calls cost.

    STORE is a directory, a file of OTLP/JSON lines or - for standard input; by default this project's own
    traces.
    """
    reading = ReadReport()
    nothing = NO_CALLS if since is None else f"No Claude calls since {since:%Y-%m-%d %H:%M %Z}."
    try:
        rates = configured()
        pricing = Pricing(None if rates is None else rates.overrides, "anew" if reprice else "recorded")
        question = Question(by, pricing, since, has_page=page is not None)
        sums = question.sums()
        try:
            _add(sums, question, stores, backend, reading)
        except EmptyStoreError:
            nothing = NO_CALLS
        sums.finish()
    except (StoreError, RatesError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    table = sums.table(is_repriced=reprice)
    if reading.skipped:
        lines = "line" if reading.skipped == 1 else "lines"
        click.echo(f"Skipped {reading.skipped:,} {lines}, the first {reading.first_skipped}", err=True)
    _say_others(sums.counting.others)
    notice = age_notice(datetime.now(timezone.utc).date())
    if notice is not None:
        click.echo(f"Note: {notice}", err=True)
    notes = sums.observer.notes(datetime.now(timezone.utc))
    if is_linted:
        sites = {waste.call_site for waste in notes.wastes}
        notes = replace(notes, codes=_codes(sites if sums.page is None else sites | sums.page.call_sites))
    if page is not None and sums.page is not None:
        trace_id = None if backend is not None or "-" in stores else sums.page.dearest_trace_id()
        trace = None
        if trace_id is not None:
            spans = read(stores or existing_directories(), since=since, matters=naming(trace_id))
            trace = trace_of(spans, trace_id, pricing)
        _write(page, sums.page.content(notes, trace))
        return
    if not table.total.calls:
        click.echo(nothing, err=output != "table")
    if table.total.calls or output != "table":
        _print(table, table.rows[:limit], notes, output)


def _add(
    sums: Sums, question: Question, stores: tuple[str, ...], backend: str | None, reading: ReadReport
) -> None:
    """Adds the spans of the stores, or else of the backend, to `sums`."""
    if backend is None:
        files = sources(stores or existing_directories(), question.since)
        if is_worth_it(files):
            for _ in _progress.shown(sum_up(files, question, sums, reading), files, reading):
                pass
        else:
            sums.add(_progress.shown(read_sources(files, reading, since=question.since), files, reading))
        return
    if stores:
        raise click.UsageError("name a STORE or --from, not both")
    since = question.since
    if since is None:
        since = datetime.now(timezone.utc) - BACKEND_PERIOD
        click.echo(f"Note: calls since {since:%Y-%m-%d}; another period with --since", err=True)
    sums.add(backends.read(backend, since, reading))


def _say_others(others: Counter[str]) -> None:
    """Says that calls were left out, and to which models most of them were."""
    if others:
        count, models = others.total(), [printable(model) for model, _ in others.most_common(3) if model]
        such_as = f", most of them to {', '.join(models)}" if models else ""
        spans = "1 span of a call" if count == 1 else f"{count:,} spans of calls"
        click.echo(f"Note: left out {spans} to models that are not Claude{such_as}", err=True)


def _codes(sites: Iterable[CallSite | None]) -> dict[CallSite, tuple[str, ...]]:
    """The linter's findings at these call sites, by their codes."""
    from otel_claude.cli import _linting

    with _linting.errors_said():
        from claude_lint import lint
        from claude_lint.running.measure import call_of

        root = _linting.root_of([Path()])
        config = _linting.configuration(root, isolated=False)
        rules = _linting.rules_of(config, isolated=False, allow_local=False)
        day = datetime.now(timezone.utc).date()
        cache = _linting.cache_of(root, config, rules, day.isoformat())
        result = lint([root], root=root, config=config, rules=rules, as_of=day, cache=cache)
    found: dict[CallSite, tuple[str, ...]] = {}
    for site in sites:
        call = None if site is None else call_of(site, result.calls)
        if site is not None and call is not None:
            found[site] = tuple(
                sorted({finding.code for finding in result.findings if finding.call == call.place})
            )
    return found


def _write(file: Path, content: Content) -> None:
    from otel_claude.report.page.document import ChartsMissingError, render

    try:
        file.write_text(render(content), "utf-8")
    except OSError as error:
        click.echo(f"Error: {file}: {error.strerror}", err=True)
        raise SystemExit(2) from None
    except ChartsMissingError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    click.echo(f"Wrote {file}")


def _print(table: Table, rows: Sequence[Row], notes: Notes, output: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the output's encoding has no letters for must not end the report.
        sys.stdout.reconfigure(errors="backslashreplace")
    if output == "table":
        from rich.console import Console

        from otel_claude.report import terminal

        terminal.show(Console(), table, rows, notes)
        return
    render = {"json": formats.as_json, "csv": formats.as_csv, "markdown": formats.as_markdown}[output]
    click.echo(render(table, rows, notes), nl=False)
