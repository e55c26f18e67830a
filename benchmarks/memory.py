"""What instrumentation keeps of the calls that are over: traced memory after few and after many calls.

    python -m benchmarks.memory [--few 10000] [--many 100000]

The calls are answered from memory, half of them as streams, and are made for a few features in turn. Metrics are
collected every 1,000 calls, as a reader does every minute. Figures are KB (1,000 bytes).
"""

from __future__ import annotations

import argparse
import gc
import sys
import tracemalloc

from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

from benchmarks.call_overhead import ours
from benchmarks.endpoint import ASK, client
from otel_claude import feature

BOUND_KB = 100
FEATURES = 50
"""Each is a series of the metrics, which are kept by design."""


def kept_kb(few: int, many: int) -> float:
    """How much more memory is in use after `many` calls than after `few`, in KB."""
    provider = TracerProvider()
    provider.add_span_processor(SpanProcessor())
    answered, streamed = client(None, provider), client(3, provider)
    in_use = []
    with ours():
        tracemalloc.start()
        for number in range(many):
            with feature(f"feature {number % FEATURES}"):
                if number % 2:
                    answered.messages.create(
                        **ASK
                    )  # claude-lint: ignore[CL401] it is the calls that are measured
                else:
                    for _ in streamed.messages.create(stream=True, **ASK):
                        pass
            is_measured = number + 1 in {few, many}
            if is_measured or (number + 1) % 1000 == 0:
                ours.reader.get_metrics_data()
            if is_measured:
                gc.collect()
                in_use.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    return (in_use[1] - in_use[0]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=100_000)
    asked = parser.parse_args()
    kept = kept_kb(asked.few, asked.many)
    print(f"{asked.many:,} calls keep {kept:.0f} KB more than {asked.few:,} do; at most {BOUND_KB} are right")
    sys.exit(kept > BOUND_KB)


if __name__ == "__main__":
    main()
