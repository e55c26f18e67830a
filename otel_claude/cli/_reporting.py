"""How the commands about linting put a result into words, and where these go."""

from __future__ import annotations

import io
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otel_claude.cli._linting import fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_lint import Result
    from claude_lint.rule import Rule


def rendered(
    result: Result,
    output_format: str,
    rules: Sequence[Rule],
    *,
    statistics: bool,
    costs: bool | None = None,
) -> str:
    """The result in a format, or counted by rule. `rules` are those that could have run. `costs` is whether a comment
    says dollars; `None` leaves that to what is known of who can read it.
    """
    module = "statistics" if statistics else "jsondoc" if output_format == "json" else output_format
    output = import_module(f"claude_lint.output.{module}")
    about: tuple[object, ...] = ()
    if output_format == "github":
        about = (_checkout("GITHUB_WORKSPACE"),)
    elif output_format == "gitlab":
        about = (_checkout("CI_PROJECT_DIR"),)
    elif output_format == "comment":
        about = (not _public() if costs is None else costs,)
    elif output_format == "sarif":
        from importlib.metadata import version

        about = (rules, version("otel-claude"))
    render = output.render_json if statistics and output_format == "json" else output.render
    report = str(render(result, *about))
    if output_format == "full" and not statistics and result.measured is not None:
        from claude_lint.output import table

        above = table.render(result)
        return f"{above}\n{report}" if above else report
    return report


def _public() -> bool:
    """Whether everybody may read what is said here: in CI, unless it tells that the repository is private."""
    if os.environ.get("GITLAB_CI"):
        return os.environ.get("CI_PROJECT_VISIBILITY") not in {"private", "internal"}
    if not os.environ.get("GITHUB_ACTIONS"):
        return False
    try:
        event = json.loads(Path(os.environ.get("GITHUB_EVENT_PATH", "")).read_bytes())
        return bool(event["repository"]["private"] is not True)
    except (OSError, ValueError, TypeError, KeyError):
        return True


def _checkout(variable: str) -> Path | None:
    """The checkout that a CI system names in its environment."""
    named = os.environ.get(variable)
    return Path(named).resolve() if named else None


def show(report: str, *, err: bool = False) -> None:
    """Print in colour where a terminal shows it and nobody objects; what its encoding lacks is escaped."""
    stream = sys.stderr if err else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    click.echo(report, nl=False, err=err, color=False if os.environ.get("NO_COLOR") else None)


def write(report: str, file: Path) -> None:
    """Write to a file, without colour. Ends the command where that cannot be done."""
    try:
        file.write_text(click.unstyle(report), "utf-8", "backslashreplace")
    except OSError as error:
        fail(f"{file}: {error.strerror or error}")
