"""`otel-claude simulate`: serve a simulated Claude API on loopback until told to stop."""

from __future__ import annotations

import signal
from datetime import datetime, timezone

import click

from otel_claude.simulator import Clock, Simulator
from otel_claude.simulator.messages import DEFAULT_OUTPUT_TOKENS


def _clock(ctx: click.Context, param: click.Parameter, value: str) -> Clock:
    """A clock that runs for `real`, or stands at an ISO 8601 time; UTC unless it has an offset."""
    if value == "real":
        return Clock()
    try:
        start = datetime.fromisoformat(value.removesuffix("Z") + ("+00:00" if value.endswith("Z") else ""))
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is neither 'real' nor a time such as 2026-11-20T09:00:00Z.", ctx, param
        ) from None
    return Clock(start if start.tzinfo else start.replace(tzinfo=timezone.utc))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="The port; by default one that is free."
)
@click.option(
    "--clock",
    default="real",
    show_default=True,
    metavar="real|TIME",
    callback=_clock,
    help="Let time run, or stand at this time until POST /_simulator/clock advances it.",
)
@click.option(
    "--tokens-per-second",
    type=click.FloatRange(min=0, min_open=True),
    help="The rate of output; by default as fast as it goes.",
)
@click.option(
    "--output-tokens",
    default=DEFAULT_OUTPUT_TOKENS,
    show_default=True,
    type=click.IntRange(min=1),
    help="The length of an answer.",
)
def command(host: str, port: int, clock: Clock, tokens_per_second: float | None, output_tokens: int) -> None:
    """Serve a simulated Claude API on loopback.

    The first line of output is the base URL. No model is asked; token counts are estimates. A request's
    header x-simulate chooses errors, delays and the shape of its answer, such as `error=529` or
    `cut-after=3`.
    """
    try:
        simulator = Simulator(
            host=host,
            port=port,
            clock=clock,
            output_tokens=output_tokens,
            tokens_per_second=tokens_per_second,
        )
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--host") from None
    except OSError as error:
        reason = error.strerror or error
        raise click.ClickException(
            f"Cannot listen on {host}:{port}: {reason}. Choose another --port."
        ) from None
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with simulator:
        click.echo(f"listening on {simulator.url}")
        click.echo("This Claude API is simulated: no model is asked, and token counts are estimates.")
        signal.sigwait(ends)
