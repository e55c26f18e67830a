"""`otel-claude reconcile`: what was recorded, against what Anthropic billed."""

from __future__ import annotations

import os
from datetime import datetime, time, timezone
from typing import Final
from urllib.parse import urlsplit

import click

from otel_claude.reconcile import formats
from otel_claude.reconcile.bill import API, KEY_VARIABLE, BillError, client, fetch
from otel_claude.reconcile.comparison import compare
from otel_claude.reconcile.discounts import multipliers
from otel_claude.report import period
from otel_claude.report.calls import calls
from otel_claude.report.pricing import Pricing
from otel_claude.store import existing_directories
from otel_claude.store.reader import EmptyStoreError, ReadReport, StoreError, read
from otel_claude.user_rates import RatesError, configured

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def _day(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """The midnight (UTC) with which the day begins that `value` names."""
    if value is None:
        return None
    try:
        at = period.since(value, datetime.now(timezone.utc))
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None
    return datetime.combine(at.astimezone(timezone.utc).date(), time(), timezone.utc)


def _safe_url(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """`value`, unless it would send the key in the clear."""
    url = urlsplit(value)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        raise click.BadParameter(f"{value!r}: the admin key is sent over https only", context, parameter)
    return value


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("stores", metavar="[STORE]...", nargs=-1)
@click.option(
    "--since",
    metavar="DAY",
    default="7d",
    show_default=True,
    callback=_day,
    help="From this day on (UTC): 7d, 2w or 2026-11-01.",
)
@click.option(
    "--until", metavar="DAY", callback=_day, help="Up to this day, which is not part.  [default: now]"
)
@click.option(
    "--workspace", "workspaces", metavar="ID", multiple=True, help="Only the bill of this workspace."
)
@click.option("--api-key-id", "api_keys", metavar="ID", multiple=True, help="Only the bill of this API key.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.option(
    "--base-url", metavar="URL", default=API, show_default=True, callback=_safe_url, help="The API."
)
def command(
    stores: tuple[str, ...],
    since: datetime,
    until: datetime | None,
    workspaces: tuple[str, ...],
    api_keys: tuple[str, ...],
    output: str,
    base_url: str,
) -> None:
    """Set what was recorded against what Anthropic billed.

    STORE is a directory, a file of OTLP/JSON lines or - for standard input; by default this project's own
    traces. The bill is the organization's: it takes an Admin API key in ANTHROPIC_ADMIN_KEY.
    """
    until = until or datetime.now(timezone.utc).replace(microsecond=0)
    if until <= since:
        raise click.UsageError(f"--until {until:%Y-%m-%d} is not after --since {since:%Y-%m-%d}")
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise click.UsageError(f"set {KEY_VARIABLE} to an Admin API key of your organization")
    reading = ReadReport()
    try:
        rates = configured()
        pricing = Pricing(None if rates is None else rates.overrides, "list")
        bill = fetch(client(key, base_url), since, until, workspaces=workspaces, api_keys=api_keys)
        try:
            spans = read(stores or existing_directories(), since=since, report=reading)
            found = compare(bill, calls(spans, pricing))
        except EmptyStoreError:
            found = compare(bill, ())
    except (BillError, StoreError, RatesError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    if reading.skipped:
        lines = "line" if reading.skipped == 1 else "lines"
        click.echo(f"Skipped {reading.skipped:,} {lines}, the first {reading.first_skipped}", err=True)
    render = formats.as_json if output == "json" else formats.as_text
    click.echo(render(found, multipliers(bill)), nl=False)
