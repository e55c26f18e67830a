"""`otel-claude calls`: where code calls Claude, with what is known of each call by reading."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from otel_claude.cli import _linting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint.result import Call, Result

HEADER: Final = ("call site", "call", "model", "max_tokens", "breakpoints")
UNKNOWN: Final = "?"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
@click.option("--isolated", is_flag=True, help="Use no configuration.")
@click.option("--no-cache", is_flag=True, help="Use nothing that earlier runs found, and keep nothing.")
def command(*, paths: tuple[str, ...], output_format: str, isolated: bool, no_cache: bool) -> None:
    """List the Claude calls in code, with what is known of each.

    PATH is a file or a directory; by default the current directory. Exits with 2 when it could not run.
    """
    with _linting.errors_said():
        from claude_lint import lint

        named = [Path(path) for path in paths or (".",)]
        root = _linting.root_of(named)
        config = replace(
            _linting.configuration(root, isolated=isolated),
            select=None,
            ignore=(),
            extend_select=(),
            per_file_ignores=(),
        )
        day = datetime.now(timezone.utc).date()
        result = lint(
            _linting.from_root(named, root),
            root=root,
            config=config,
            rules=(),
            as_of=day,
            cache=None if no_cache else _linting.cache_of(root, config, (), "calls"),
            progress=_linting.progress(),
        )
        _linting.say_errors(result)
        click.echo(_document(result) if output_format == "json" else _table(result.calls))
    raise SystemExit(2 if result.nothing_analysed else 0)


def _document(result: Result) -> str:
    """One key for what is known for sure, `null` where there are several; all values beside it."""
    return json.dumps({"version": 1, "calls": [_call(call) for call in _in_order(result.calls)]}, indent=2)


def _call(call: Call) -> dict[str, Any]:
    return {
        "path": call.place.path,
        "line": call.place.line,
        "column": call.place.column,
        "end_line": call.place.end_line or call.place.line,
        "cell": call.place.cell,
        "function": call.function,
        "callee": call.callee,
        "method": call.method,
        "client": call.client or None,
        "model": call.models[0] if len(call.models) == 1 else None,
        "models": list(call.models),
        "models_open": call.models_open,
        "max_tokens": call.max_tokens[0] if len(call.max_tokens) == 1 else None,
        "max_tokens_values": list(call.max_tokens),
        "max_tokens_open": call.max_tokens_open,
        "breakpoints": call.breakpoints,
    }


def _table(calls: Sequence[Call]) -> str:
    from claude_lint.output.words import printable, where

    rows = [
        (
            where(call.place, column=False) + (f" {printable(call.function)}" if call.function else ""),
            printable(call.callee),
            _values(call.models, is_open=call.models_open),
            _values(tuple(f"{limit:,}" for limit in call.max_tokens), is_open=call.max_tokens_open),
            str(call.breakpoints or "-"),
        )
        for call in _in_order(calls)
    ]
    widths = [max(len(row[column]) for row in (HEADER, *rows)) for column in range(len(HEADER))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (HEADER, ["─" * width for width in widths], *rows)
    ]
    noun = "call site" if len(calls) == 1 else "call sites"
    return "\n".join([*(lines if calls else ()), f"{len(calls):,} {noun}"])


def _values(values: Sequence[str], *, is_open: bool) -> str:
    """The values that can be told; `?` stands for those that cannot, `-` for none."""
    from claude_lint.output.words import printable

    return " | ".join([*map(printable, values), *([UNKNOWN] if is_open else ())]) or "-"


def _in_order(calls: Sequence[Call]) -> list[Call]:
    return sorted(
        calls,
        key=lambda call: (
            call.place.path,
            -1 if call.place.cell is None else call.place.cell,
            call.place.line,
            call.place.column,
        ),
    )
