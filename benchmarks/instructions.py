"""What instrumentation adds to a `create`, in instructions: a figure that a busy machine does not change.

    python -m benchmarks.instructions [--few 60] [--many 160]

Needs valgrind, which runs each process some fifty times slower. The garbage collector is off, and the metrics are not
collected. Figures are the slope between a process that makes few calls and one that makes many.
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

_CALLS = """
import gc, os
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from benchmarks.endpoint import ASK, client

provider = TracerProvider()
provider.add_span_processor(SpanProcessor())
meters = MeterProvider([InMemoryMetricReader()])
{enable}
create = client(None, provider).messages.create
gc.disable()
for _ in range({calls}):
    create(**ASK)
os._exit(0)
"""


def instructions(variant: Variant, calls: int) -> int:
    """The instructions that a process takes which instruments as `variant` says and makes so many `calls`."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *("valgrind", "--tool=callgrind", f"--callgrind-out-file={Path(folder, 'out')}"),
                *(sys.executable, "-c", _CALLS.format(enable=variant.enable, calls=calls)),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": "0", "OTEL_CLAUDE_STORE": "off"},
            check=True,
            capture_output=True,
            text=True,
        )
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found is not None, done.stderr
    return int(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--few", type=int, default=60)
    parser.add_argument("--many", type=int, default=160)
    asked = parser.parse_args()
    sdk, ours = (
        (instructions(each, asked.many) - instructions(each, asked.few)) / (asked.many - asked.few)
        for each in (SDK, OURS)
    )
    print(f"a create with the SDK's own spans: {sdk:,.0f} instructions")
    print(f"  otel-claude adds {ours - sdk:,.0f}, {(ours - sdk) / sdk:.1%}")


if __name__ == "__main__":
    main()
