"""`otel-claude doctor`: looks at a setup, and says what to fix."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_claude.doctor.check import Check

_MARKS: Final = {
    "fine": ("✓", "green"),
    "note": ("·", None),
    "warning": ("!", "yellow"),
    "problem": ("✗", "red"),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--send/--no-send", default=True, show_default=True, help="Send one test span where spans go.")
@click.option("--query", metavar="URL", help="Where Jaeger's UI is, or the Aspire Dashboard, to look for it.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def command(query: str | None, output: str, *, send: bool) -> None:
    """Check that calls made here are recorded and arrive, and say what to fix.

    Run it where the program runs: in its environment and its directory. A provider that the program sets in its code
    is not seen. Exits with 1 where there is a problem.
    """
    found = []
    for check in _checks(query, sends=send):
        found.append(check)
        if output == "text":
            _show(check)
    if output == "json":
        click.echo(json.dumps({"checks": [asdict(check) for check in found]}, indent=2))
    if any(check.state == "problem" for check in found):
        raise SystemExit(1)


def _checks(query: str | None, *, sends: bool) -> Iterator[Check]:
    from otel_claude import exporters
    from otel_claude.doctor import asking, export, setup

    yield from setup.checks()
    destination = list(export.destination())
    yield from destination
    if (
        not sends
        or not exporters.are_wanted("traces")
        or any(each.state == "problem" for each in destination)
    ):
        return
    checks, trace_id = export.send()
    yield from checks
    if trace_id is not None:
        yield asking.ask(trace_id, query)


def _show(check: Check) -> None:
    mark, colour = _MARKS[check.state]
    click.echo(f"{click.style(mark, fg=colour)} {check.subject}: {check.text}")
    if check.fix:
        click.echo(f"    {check.fix}")
