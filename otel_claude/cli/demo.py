"""`otel-claude demo`: the whole of it in half a minute, without an API key."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from otel_claude import demo


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to put the app and its traces, to look at them afterwards. It must be empty or not exist yet.",
)
def command(directory: Path | None) -> None:
    """Run a small app against a simulated Claude, then report and lint it."""
    try:
        if directory is None:
            with tempfile.TemporaryDirectory(prefix="otel-claude-demo-") as folder:
                demo.run(Path(folder), click.echo)
        else:
            directory.mkdir(parents=True, exist_ok=True)
            if any(directory.iterdir()):
                raise click.UsageError(
                    f"{directory} is not empty; give a directory that is, or that does not exist"
                )
            demo.run(directory, click.echo)
    except demo.DemoError as error:
        raise click.ClickException(str(error)) from error
