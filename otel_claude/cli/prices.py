"""`otel-claude prices`: the rates that calls are priced with."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from otel_claude import price_list
from otel_claude.rates import TABLE_DATE, age_notice
from otel_claude.user_rates import VARIABLE, RatesError, configured, load

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from datetime import date

    from rich.console import Console
    from rich.table import Table

    from otel_claude.price_list import Entry
    from otel_claude.user_rates import UserRates

HEADINGS: Final = ("input", "write 5m", "write 1h", "read", "output")
"""The columns of the rates, in the order of the fields of `Rates`."""

NUMBERS: Final = ("prompt", *HEADINGS)
OPTIONAL: Final = ("speed", "prompt", "until")
"""Columns that are left out where they would be empty."""

GIVEN_UP: Final = ("until", "from", "source")
"""Columns that a narrow terminal does without, in this order."""

MODIFIERS: Final = (
    "Besides: batch 0.5 times; inference_geo us 1.1 times; a cloud's regional endpoint 1.1 times; web search $10 "
    "per 1,000."
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("models", metavar="[MODEL]...", nargs=-1)
@click.option(
    "--at",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The rates of this day (UTC).  [default: today]",
)
@click.option(
    "--all", "show_all", is_flag=True, help="Every row: past rates and retired models too, without discounts."
)
@click.option(
    "--from",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=f"Apply the rates in this file, as if {VARIABLE} named it.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print.",
)
def command(
    models: tuple[str, ...], at: datetime | None, file: Path | None, output: str, *, show_all: bool
) -> None:
    """Show the rates that calls are priced with, in USD per million tokens.

    MODEL is any spelling of a model's id; by default, every model that the Claude API serves.
    """
    today = datetime.now(timezone.utc).date()
    day = today if at is None else at.date()
    try:
        user = configured() if file is None else load(file)
        find = price_list.history if show_all else price_list.entries
        listed = find(models, day, None if user is None else user.overrides)
    except (RatesError, price_list.UnknownModelError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    if output == "json":
        click.echo(price_list.as_json(listed, day, today, user), nl=False)
    elif output == "csv":
        click.echo(price_list.as_csv(listed), nl=False)
    else:
        _show(listed, day, today, user)
    notice = age_notice(today)
    if notice is not None:
        click.echo(f"Note: {notice}", err=True)
    if file is not None:
        click.echo(f"To have calls priced with this file: export {VARIABLE}={file.absolute()}", err=True)


def _show(listed: Sequence[Entry], day: date, today: date, user: UserRates | None) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    age = (today - TABLE_DATE).days
    console.print(
        Text(f"USD per million tokens on {day} · table checked on {TABLE_DATE}, {age} days ago"),
        soft_wrap=True,
    )
    if user is not None:
        console.print(Text(_yours(user)), soft_wrap=True)
    sources = list(dict.fromkeys(each.row.source for each in listed))
    without: tuple[str, ...] = ()
    grid = _grid(listed, sources, without)
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = max(_width(console, grid), 80)
    for count in range(1, len(GIVEN_UP) + 1):
        if _width(console, grid) <= console.width:
            break
        without = GIVEN_UP[:count]
        grid = _grid(listed, sources, without)
    console.print(grid)
    notes = ["a wider terminal shows sources and doubts"] if "source" in without else _legend(listed, sources)
    for note in notes:
        console.print(Text(note), soft_wrap=True)
    console.print(Text(MODIFIERS), soft_wrap=True)


def _width(console: Console, grid: Table) -> int:
    return console.measure(grid, options=console.options.update(width=10_000)).maximum


def _grid(listed: Sequence[Entry], sources: list[str], without: Container[str]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    lines = [_cells(each, sources) for each in listed]
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    shown = [
        name
        for name in lines[0]
        if name not in without and (name not in OPTIONAL or any(line[name] for line in lines))
    ]
    for name in shown:
        grid.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=True)
    for line in lines:
        grid.add_row(*(Text(line[name]) for name in shown))
    return grid


def _cells(entry: Entry, sources: list[str]) -> dict[str, str]:
    row = entry.row
    rates = (_rate(getattr(row.rates, name)) for name in price_list.RATES)
    source = f"{'~' if entry.doubt else ''}[{sources.index(row.source) + 1}]"
    return {
        "model": row.model_id,
        "speed": "" if row.speed == "standard" else row.speed,
        "prompt": entry.length,
        **dict(zip(HEADINGS, rates, strict=True)),
        "from": str(row.valid_from or ""),
        "until": str(row.valid_until or ""),
        "source": source + ("*" if entry.rates_source == "override" else ""),
    }


def _legend(listed: Sequence[Entry], sources: Sequence[str]) -> list[str]:
    """What the column of sources means."""
    lines = [f"[{number}] {source}" for number, source in enumerate(sources, 1)]
    if any(each.doubt for each in listed):
        lines.append("~ not confirmed, or old: costs from this row are estimates")
    if any(each.rates_source == "override" for each in listed):
        lines.append("* with your rates")
    return lines


def _yours(user: UserRates) -> str:
    overrides = user.overrides
    parts = [f"your rates: {user.file}"]
    if overrides.rates or overrides.multipliers:
        parts.append(f"from {overrides.dated} on")
    if user.multiplier is not None:
        parts.append(f"{user.multiplier:g} times the list")
    if overrides.rows:
        parts.append(f"{len(overrides.rows)} rows checked on {overrides.rows_checked}")
    return " · ".join(parts)


def _rate(rate: float | None) -> str:
    """`rate` with two decimals, or as many as it needs."""
    if rate is None:
        return "-"
    whole, _, decimals = f"{rate:.6f}".rstrip("0").partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"
