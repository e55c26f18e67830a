"""`otel-claude run`: a Python program with every Claude call traced, and nothing of it changed."""

from __future__ import annotations

import click

from otel_claude.rerun import ProgramNotFoundError, run


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
def command(program: tuple[str, ...]) -> None:
    """Run PROGRAM with every Claude call traced.

    PROGRAM is what you would give to python: `app.py`, or `-m package.module`, and its arguments; or a command that
    is written in Python, such as gunicorn. Exit code, signals and standard streams are the program's own. Python
    processes that it starts are traced too.
    """
    try:
        run(program)
    except ProgramNotFoundError as error:
        raise click.UsageError(str(error)) from error
