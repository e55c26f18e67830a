"""`otel-claude run`: a Python program with every Claude call traced, and nothing of it changed."""

from __future__ import annotations

import click

from otel_claude.rerun import ProgramError, run


class _Verbatim(click.Command):
    """A command that takes as its own option only a first word that asks for help.

    click looks for `-h` inside of each word that it does not know, and would find it in `-mhttp.server`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, ["--help"] if args[:1] == ["-h"] else args)


@click.command(
    cls=_Verbatim,
    context_settings={
        "help_option_names": ["--help"],
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
    },
)
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
def command(program: tuple[str, ...]) -> None:
    """Run PROGRAM with every Claude call traced.

    PROGRAM is what you would give to python: `app.py`, or `-m package.module`, and its arguments; or a command that
    is written in Python, such as gunicorn. Exit code, signals and standard streams are the program's own. Python
    processes that it starts are traced too.
    """
    try:
        run(program)
    except ProgramError as error:
        raise click.UsageError(str(error)) from error
