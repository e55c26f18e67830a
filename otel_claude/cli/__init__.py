"""The command line, and the one place where the three packages meet.

Each command is a module of this package that parses, calls one library function and prints. A command is imported
when it is run, so that `otel-claude lint` does not pay for OpenTelemetry, nor `otel-claude report` for libcst.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

COMMANDS: Final = {
    "calls": "List the Claude calls in code, with what is known of each.",
    "dashboards": "Show or install ready-made dashboards and alerts.",
    "demo": "Run a small app against a simulated Claude, then report and lint it.",
    "doctor": "Check that calls made here are recorded and arrive.",
    "lint": "Find code that wastes money on Claude calls.",
    "prices": "Show the rates that calls are priced with.",
    "reconcile": "Set what was recorded against what Anthropic billed.",
    "replay": "Send stored spans to an OTLP endpoint.",
    "report": "Show what calls cost, by feature, model, call site, day or tag.",
    "rule": "Explain a rule of the linter, or list them all.",
    "run": "Run a Python program with every Claude call traced.",
    "simulate": "Serve a simulated Claude API on loopback.",
    "trace": "Draw one trace, with what each call in it cost.",
}
"""Each command with its one-line help. The command itself is `otel_claude.cli.<name>.command`."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"otel_claude.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


EXIT_CODES: Final = (
    "Exit status: 0 for done; 1 where lint has findings, doctor a problem, an endpoint refused spans, or a simulation "
    "cannot be run; 2 for wrong use, input that cannot be read, or a defect of ours. `run` exits as the program does."
)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(package_name="otel-claude")
def main() -> None:
    """See what every Claude call costs, and stop the waste before it ships."""
