"""What instrumentation adds to a call: the bare SDK, the SDK's own spans, and ours over them.

    python -m benchmarks.call_overhead [--rounds 80] [--calls 40]

Each runs in a process of its own, in small groups of calls by turns; see `benchmarks.timed_process`. Figures are
medians of what a group takes more than the one beside it in the same round, in microseconds, with their quartiles: by
the clock, and of the processor's time, which leaves out what other programs took. The cost of an event is the slope
between streams of 100 and of 2,000.
"""

from __future__ import annotations

import argparse
import statistics

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

import otel_claude
from benchmarks.timed_process import Quartiles, Times, Variant, running, timed

BARE = Variant("bare SDK")
SDK = Variant("SDK's own spans", sdk_spans=True)
OURS = Variant(
    "otel-claude",
    "import otel_claude; otel_claude.instrument(meter_provider=meters, summary=False)",
    sdk_spans=True,
)
VARIANTS = (BARE, SDK, OURS)
ELSEWHERE = Variant("outside of any project", f"import os; os.chdir(os.sep); {OURS.enable}", sdk_spans=True)
FEW, MANY = 100, 2000
"""The events of the streams between which the slope is taken."""


class ours:  # noqa: N801
    """A block in which the SDK is instrumented, with all metrics."""

    reader = InMemoryMetricReader()
    meters = MeterProvider([reader])

    def __enter__(self) -> None:
        otel_claude.instrument(meter_provider=self.meters, summary=False)

    def __exit__(self, *exc: object) -> None:
        otel_claude.uninstrument()


def printed(what: str, more: Times, most: Times, least: Times) -> None:
    ratio = statistics.median(a / b for a, b in zip(most.cpu, least.cpu, strict=True))
    wall, cpu = Quartiles.of(more.wall), Quartiles.of(more.cpu)
    print(f"  {what:34} +{wall} µs by the clock, +{cpu} µs of processor time, {ratio:.3f} times")


def create(rounds: int, calls: int) -> None:
    """Prints what is added to a `create`."""
    with running(VARIANTS, None) as processes:
        found = timed(processes, rounds, calls)
    bare, sdk, us = (found[each.name] for each in VARIANTS)
    print(f"create: bare SDK {Quartiles.of(bare.wall)} µs")
    printed("SDK's own spans over the bare SDK", sdk.over(bare), sdk, bare)
    printed("otel-claude over the SDK's spans", us.over(sdk), us, sdk)
    later = Quartiles.of(us.over(sdk).collecting)
    print(f"  working it out later, as the metrics are collected +{later} µs a call")


def start(rounds: int) -> None:
    """Prints what is added to the start of a process that has imported the SDK and OpenTelemetry's."""
    found: dict[str, list[float]] = {"in a project with settings for us": [], ELSEWHERE.name: []}
    for _ in range(rounds + 1):
        for where, variant in zip(found, (OURS, ELSEWHERE), strict=True):
            with running([variant], None) as (process,):
                found[where].append(process.started_ms * 1e3)
    print("import otel_claude and instrument(), processor time:")
    for where, started in found.items():
        # The first run makes the bytecode.
        print(f"  {where:34} {Quartiles.of(started[1:]).in_ms()} ms")


def event(rounds: int) -> None:
    """Prints what is added to each event of a stream."""
    with running(VARIANTS, FEW) as short, running(VARIANTS, MANY) as long:
        few, many = timed(short, rounds, 2), timed(long, rounds, 1)
    slopes = [
        {name: (many[name].cpu[turn] - few[name].cpu[turn]) / (MANY - FEW) for name in few}
        for turn in range(rounds)
    ]
    bare = Quartiles.of([slope[BARE.name] for slope in slopes])
    print(f"event of a stream: bare SDK {bare.median:.2f} µs of processor time")
    for more, less in ((SDK, BARE), (OURS, SDK)):
        added = Quartiles.of([slope[more.name] - slope[less.name] for slope in slopes])
        print(
            f"  {more.name:16} over {less.name:16} +{added.median:.2f} ({added.low:.2f} to {added.high:.2f}) µs"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=80)
    parser.add_argument("--calls", type=int, default=40, help="in a group")
    asked = parser.parse_args()
    start(10)
    create(asked.rounds, asked.calls)
    event(asked.rounds)


if __name__ == "__main__":
    main()
