"""`otel-claude dashboards`: ready-made dashboards and alerts, shown or installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from otel_claude.dashboards import grafana, terraform
from otel_claude.dashboards.honeycomb_api import API, KEY_VARIABLE, Honeycomb, HoneycombError

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "grafana": ("a dashboard for Grafana, as JSON to import", grafana.dashboard),
    "alerts": ("alerts for Prometheus, Mimir or Grafana, as a file of rules", grafana.alerts),
    "terraform": ("a board and triggers for Honeycomb, as Terraform", terraform.render),
}
"""Each thing that can be shown, with what it is."""

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Ready-made dashboards and alerts for what Claude calls cost."""


@command.command(epilog="; ".join(f"{name}: {what}" for name, (what, _) in SHOWN.items()) + ".")
@click.argument("name", type=click.Choice(list(SHOWN)))
def show(name: str) -> None:
    """Print a definition, to import it or to keep it as code."""
    click.echo(SHOWN[name][1](), nl=False)


@command.command()
@click.argument("where", type=click.Choice(["honeycomb"]))
@click.option("--dataset", required=True, metavar="NAME", help="The service.name of the app, in Honeycomb.")
@click.option(
    "--hourly-usd",
    type=click.FloatRange(min=0, min_open=True),
    default=terraform.DEFAULT_HOURLY_USD,
    show_default=True,
    help="A trigger fires when an hour costs more.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--api-url", default=API, show_default=True, help="https://api.eu1.honeycomb.io for the EU.")
def install(where: str, dataset: str, hourly_usd: float, api_url: str, *, dry_run: bool) -> None:  # noqa: ARG001
    """Create the columns, queries, board and triggers in Honeycomb, or bring them up to date.

    It takes a configuration key of the environment in HONEYCOMB_API_KEY. A second run changes nothing.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise click.UsageError(f"set {KEY_VARIABLE} to a configuration key of the environment")
    address = urlsplit(api_url)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise click.BadParameter("the key is sent over https only", param_hint="--api-url")
    try:
        for done in Honeycomb(key, api_url, is_dry=dry_run).install(dataset, hourly_usd):
            click.echo(f"would be: {done}" if dry_run and not done.endswith("is current") else done)
    except HoneycombError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
