"""`otel-claude lint`: code that wastes money on Claude calls. Where the engine, the rules and the traces
meet.
"""

from __future__ import annotations

import io
import os
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint import Result
    from claude_lint.rule import Rule

    from otel_claude.report.callsites import CallSiteStats

STDIN: Final = "-"


def _split(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG001
    return tuple(item.strip() for each in value for item in each.split(",") if item.strip())


def _rules_option(name: str, text: str) -> click.Option:
    return click.Option([name], multiple=True, metavar="RULES", callback=_split, help=text)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[
        _rules_option(
            "--select", "Run these rules only: codes, prefixes (CL1), names or ALL, with commas between."
        ),
        _rules_option("--extend-select", "Run these rules too."),
        _rules_option("--ignore", "Do not run these rules."),
    ],
)
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["full", "json", "github", "sarif"]),
    default="full",
    show_default=True,
    help="How to print the findings.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Print them to this file.",
)
@click.option(
    "--diff-base",
    metavar="REF",
    help="Only findings that the working tree brought in since it left this branch.",
)
@click.option(
    "--traces",
    metavar="STORE",
    multiple=True,
    help="Say what each finding's calls cost, by these recorded traces.",
)
@click.option(
    "--as-of",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day for rules that depend on one.  [default: today]",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 when there are findings.")
@click.option("--stdin-filename", metavar="FILE", default="stdin.py", help="The name of what PATH - reads.")
def command(
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    output_format: str,
    output: Path | None,
    diff_base: str | None,
    traces: tuple[str, ...],
    as_of: datetime | None,
    exit_zero: bool,
    stdin_filename: str,
) -> None:
    """Find code that wastes money on Claude calls.

    PATH is a file, a directory or - for standard input; by default the current directory.

    Exits with 0 when there is nothing to report, 1 with findings and 2 when it could not run.
    """
    if find_spec("libcst") is None or find_spec("pathspec") is None:
        _fail("the linter is not installed; pip install 'otel-claude[lint]'")
    from claude_lint import LintError, lint
    from claude_lint.config import load
    from claude_lint.diff import changes_since
    from claude_lint.output.full import error_line
    from claude_lint.selection import check
    from claude_rules import RULES

    named = [Path(path) for path in paths or (".",) if path != STDIN]
    root = _root(named)
    try:
        for option, selectors in (
            ("--select", select),
            ("--extend-select", extend_select),
            ("--ignore", ignore),
        ):
            check(selectors, RULES, option)
        result = lint(
            named if root == Path.cwd() else [Path.cwd() / path for path in named],
            root=root,
            config=load(root).overridden(select=select, ignore=ignore, extend_select=extend_select),
            rules=RULES,
            as_of=(as_of or datetime.now(timezone.utc)).date(),
            measured=_measurements(traces) if traces else None,
            changed=None if diff_base is None else changes_since(diff_base, root),
            given={_name(stdin_filename, root): sys.stdin.buffer.read()} if STDIN in paths else None,
        )
    except LintError as error:
        _fail(str(error))
    for each in result.errors:
        click.echo(error_line(each), err=True)
    if result.files == 0:
        click.echo("Warning: no Python files or notebooks there", err=True)
    report = _render(result, output_format, RULES)
    if output is None:
        _print(report)
    else:
        _write(report, output)
        click.echo(str(result.summary))
    raise SystemExit(2 if result.nothing_analysed else 1 if result.findings and not exit_zero else 0)


def _fail(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(2)


def _root(named: Sequence[Path]) -> Path:
    """The directory that paths are relative to: the current one, or what holds all of `named` when that does
    not.
    """
    current = Path.cwd()
    full = [Path(os.path.normpath(current / path)) for path in named]
    holders = [(path if path.is_dir() else path.parent).resolve() for path in full]
    if all(holder.is_relative_to(current) for holder in holders):
        return current
    return Path(os.path.commonpath(holders))


def _name(filename: str, root: Path) -> str:
    """The path, relative to the root, of what standard input stands for."""
    full = Path(os.path.normpath(Path.cwd() / filename))
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.name


def _measurements(stores: tuple[str, ...]) -> tuple[CallSiteStats, ...]:
    from otel_claude.report.calls import calls
    from otel_claude.report.callsites import call_site_stats
    from otel_claude.store.reader import StoreError, read

    try:
        return call_site_stats(calls(read(stores)))
    except StoreError as error:
        _fail(f"--traces: {error}")


def _render(result: Result, output_format: str, rules: Sequence[Rule]) -> str:
    if output_format == "json":
        from claude_lint.output import jsondoc

        return jsondoc.render(result)
    if output_format == "github":
        from claude_lint.output import github

        workspace = os.environ.get("GITHUB_WORKSPACE")
        return github.render(result, Path(workspace).resolve() if workspace else None)
    if output_format == "sarif":
        from claude_lint.output import sarif

        return sarif.render(result, rules, version("otel-claude"))
    from claude_lint.output import full, table

    costs = table.render(result) if result.measured is not None else ""
    return f"{costs}\n{full.render(result)}" if costs else full.render(result)


def _print(report: str) -> None:
    """Print in colour where a terminal shows it and nobody objects; what its encoding lacks is escaped."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    click.echo(report, nl=False, color=False if os.environ.get("NO_COLOR") else None)


def _write(report: str, file: Path) -> None:
    try:
        file.write_text(click.unstyle(report), "utf-8", "backslashreplace")
    except OSError as error:
        _fail(f"{file}: {error.strerror or error}")
