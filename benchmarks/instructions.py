"""What instrumentation adds to a `create` and to each event of a stream, in instructions: figures that a busy machine
does not change.

    python -m benchmarks.instructions [--calls 100]

Needs valgrind, with its vgdb. Instructions are counted only while the calls are made, after some that warm up, and not
while a process starts and imports. The garbage collector is off, and the metrics are not collected.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.call_overhead import OURS, SDK
from benchmarks.timed_process import ROOT, Variant

FEW, MANY = 100, 600
"""The deltas of the streams between which the instructions of an event are the slope."""

WARM_UP = 40
"""Calls before those that are counted: the interpreter adapts its code to what it runs."""

_CALLS = """
import gc, os, sys
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from benchmarks.endpoint import ASK, client

provider = TracerProvider()
provider.add_span_processor(SpanProcessor())
meters = MeterProvider([InMemoryMetricReader()])
{enable}
client = client({deltas}, provider)
create = {wrap}.messages.create
streams = {deltas} is not None
ask = {{**ASK, "stream": True}} if streams else ASK
gc.disable()
for order in sys.stdin:
    for _ in range(int(order)):
        answer = create(**ask)
        if streams:
            list(answer)
    print("done", flush=True)
os._exit(0)
"""


def instructions(variant: Variant, calls: int, deltas: int | None = None) -> float:
    """The instructions that a call takes in a process which instruments as `variant` says: a `create`, or the reading
    of a stream of so many `deltas`."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [
                *("valgrind", "--tool=callgrind", "--instr-atstart=no"),
                f"--callgrind-out-file={Path(folder, 'out')}",
                *(
                    sys.executable,
                    "-c",
                    _CALLS.format(enable=variant.enable, wrap=variant.wrap, deltas=deltas),
                ),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": "0", "OTEL_CLAUDE_STORE": "off"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        for count, is_counted in ((WARM_UP if deltas is None else 3, False), (calls, True)):
            if is_counted:
                _switch(process.pid, "on")
            process.stdin.write(f"{count}\n")
            process.stdin.flush()
            process.stdout.readline()
        _switch(process.pid, "off")
        _, said = process.communicate()
    found = re.search(r"Collected : (\d+)", said)
    assert found is not None, said
    return int(found[1]) / calls


def _switch(pid: int, state: str) -> None:
    """Has valgrind count the instructions of a process from now on, or no more."""
    subprocess.run(["vgdb", f"--pid={pid}", "instrumentation", state], check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=100)
    asked = parser.parse_args()
    sdk, ours = (instructions(each, asked.calls) for each in (SDK, OURS))
    print(f"a create with the SDK's own spans: {sdk:,.0f} instructions")
    print(f"  otel-claude adds {ours - sdk:,.0f}, {(ours - sdk) / sdk:.1%}")
    sdk, ours = (
        (instructions(each, 3, MANY) - instructions(each, 3, FEW)) / (MANY - FEW) for each in (SDK, OURS)
    )
    print(f"an event of a stream with the SDK's own spans: {sdk:,.0f} instructions")
    print(f"  otel-claude adds {ours - sdk:,.0f}, {(ours - sdk) / sdk:.1%}")


if __name__ == "__main__":
    main()
