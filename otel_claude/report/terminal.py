"""A table for a terminal, with rich."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable
from rich.text import Text

from otel_claude.report import notes, words

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from rich.console import Console

    from otel_claude.report.notes import Notes
    from otel_claude.report.table import Row, Table

GIVEN_UP: Final = (
    *("cum.", "written", "input", "output", "read", "saved", "share"),
    *("score", "value", "calls", "retried", "escalated", "value/cost"),
)
"""Columns that a narrow terminal does without, in this order."""

_UNBOUNDED: Final = 10_000


def show(console: Console, table: Table, rows: Sequence[Row], beside: Notes = notes.NOTHING) -> None:
    """Prints the header's sentences, `rows` of `table`, ending with the total, and what there is to say `beside` it.

    Where the console is no terminal and COLUMNS says no width, lines are as long as they need to be. In a
    narrow terminal, columns of `GIVEN_UP` are left out.
    """
    for sentence in (*words.header(table), notes.spend(beside)):
        if sentence is not None:
            console.print(Text(sentence), soft_wrap=True)
    grid = _grid(table, rows, ())
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = max(_width(console, grid), 80)
    for count in range(1, len(GIVEN_UP) + 1):
        if _width(console, grid) <= console.width:
            break
        grid = _grid(table, rows, GIVEN_UP[:count])
    console.print(grid)
    _show_wastes(console, table, beside)


def _show_wastes(console: Console, table: Table, beside: Notes) -> None:
    """Prints the wastes that are worth it, each with its place on one line and what was seen below that."""
    wastes = notes.shown(beside, table.total.priced_usd)
    if not wastes:
        return
    console.print(Text(notes.HEADING), soft_wrap=True)
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for waste in wastes:
        said = Text(notes.place(waste, beside), style="bold")
        said.append(f"\n{words.printable(waste.sentence)}", style="not bold")
        grid.add_row(Text(f" {notes.amount(waste, words.decimals(table))}"), said)
    console.print(grid)


def _width(console: Console, grid: RichTable) -> int:
    return console.measure(grid, options=console.options.update(width=_UNBOUNDED)).maximum


def _grid(table: Table, rows: Sequence[Row], without: Container[str]) -> RichTable:
    grid = RichTable(box=SIMPLE_HEAD, show_footer=True, pad_edge=False)
    columns = [column for column in words.columns(table) if column.name not in without]
    shares = [position for position, name in enumerate(words.SHARES) if name not in without]
    digits = words.decimals(table)
    for position, name in enumerate(table.dimensions):
        grid.add_column(name, footer="total" if position == 0 else "", overflow="fold", min_width=8)
    for column in columns:
        grid.add_column(column.name, Text(column.cell(table.total, digits)), justify="right", no_wrap=True)
    for position in shares:
        grid.add_column(words.SHARES[position], justify="right", no_wrap=True)
    for row in rows:
        keys = (words.key(value) for value in row.key)
        cells = (column.cell(row.totals, digits) for column in columns)
        ends = words.shares(row)
        grid.add_row(*(Text(text) for text in (*keys, *cells, *(ends[position] for position in shares))))
    rest = words.rest(table, rows)
    if rest:
        grid.add_row(Text(rest, style="dim"))
    return grid
