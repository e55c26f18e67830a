"""What asking why the cache missed adds to a call: its time, by the length of the prompt, and its memory.

    python -m benchmarks.cache_overhead [--rounds 60] [--prefixes 1000000] [--instructions]

The SDK with our spans and without the question, and with it, each in a process of its own in small groups of calls by
turns (see `benchmarks.timed_process`). A prompt is a system prompt with a breakpoint and a short question; it is the
same text at every call, or a new one, which has to be read anew. Times are of the processor; the ratio is to the SDK's
own call with the same prompt. Memory is what a process keeps after so many distinct prefixes. `--instructions` counts
instructions in place of time, which a busy machine does not change; see `benchmarks.instructions`.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.endpoint import ASK
from benchmarks.instructions import instructions
from benchmarks.timed_process import Quartiles, Variant, running, timed
from otel_claude.audit import CallStart
from otel_claude.cache.audit import CacheAudit
from otel_claude.usage import Usage

if TYPE_CHECKING:
    from otel_claude.cost import Cost


class Client:
    """As far as the audit asks one."""

    base_url = "http://localhost"
    api_key = "k"


CLIENT = Client()
ENABLE = "import otel_claude; otel_claude.instrument(meter_provider=meters, summary=False, cache={cache})"
SIZES = {"no breakpoint": 0, "20 KB": 20_000, "500 KB": 500_000}

PROMPT = """__import__("benchmarks.cache_overhead", fromlist=["Prompted"]).Prompted(client, {size}, {new})"""


class Prompted:
    """A client whose calls have a system prompt of so many characters with a breakpoint; none for 0."""

    def __init__(self, client: object, size: int, new: bool) -> None:
        self.messages = self
        self._create = client.messages.create  # type: ignore[attr-defined]
        self._text = "word " * (size // 5)
        self._new = new
        self._calls = 0

    def create(self, **asked: object) -> object:
        if not self._text:
            return self._create(**asked)
        self._calls += 1
        text = f"{self._calls} {self._text}" if self._new else self._text
        system = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
        return self._create(system=system, **asked)


def counted() -> None:
    """Prints the instructions that are added, by the length of the prompt."""
    for name, size in SIZES.items():
        for new in (False, True) if size else (False,):
            bare, without, asking = (instructions(each, 50) for each in variants_of(size, new))
            print(
                f"{_named(name, size, new):24} +{asking - without:,.0f} instructions, "
                f"{(asking - without) / bare:.1%} of the SDK's own {bare:,.0f}"
            )


def variants_of(size: int, new: bool) -> tuple[Variant, Variant, Variant]:
    """The bare SDK, ours without the question, and with it."""
    wrap = PROMPT.format(size=size, new=new)
    return (
        Variant("bare", wrap=wrap),
        Variant("without", ENABLE.format(cache=False), wrap, sdk_spans=True),
        Variant("with", ENABLE.format(cache=True), wrap, sdk_spans=True),
    )


def _named(name: str, size: int, new: bool) -> str:
    return f"{name}, {'a new text' if new else 'the same text'}" if size else name


def added(rounds: int, calls: int) -> None:
    """Prints the time that is added, by the length of the prompt."""
    for name, size in SIZES.items():
        for new in (False, True) if size else (False,):
            with running(variants_of(size, new), None) as processes:
                found = timed(processes, rounds, calls)
            more = Quartiles.of(found["with"].over(found["without"]).cpu)
            own = statistics.median(found["bare"].cpu)
            print(
                f"{_named(name, size, new):24} +{more} µs, {more.median / own:.1%} of the SDK's own {own:.0f} µs"
            )


class Answered(NamedTuple):
    """What came of a call that was answered at once."""

    usage: Usage
    model: str = "claude-sonnet-5-5"
    cost: Cost | None = None
    duration_s: float = 0.1
    is_answered: bool = True
    error_type: str | None = None
    diagnosis: object = None
    message: object = None


def alone() -> None:
    """Prints what the question itself takes, asked again and again with nothing between."""
    outcome = Answered(Usage(cache_read_tokens=5000))
    for name, size in SIZES.items():
        for new in (False, True) if size else (False,):
            audit, times = CacheAudit(lambda: b"k"), []
            text = "word " * (size // 5)
            for number in range(50 if size > 100_000 else 500):
                mark = {"cache_control": {"type": "ephemeral"}} if size else {}
                system = [{"type": "text", "text": f"{number} {text}" if new else text, **mark}]
                start = CallStart({**ASK, "system": system}, CLIENT, None, None, number)
                before = time.thread_time_ns()
                audit.begin(start).settle(outcome)
                times.append((time.thread_time_ns() - before) / 1e3)
            print(f"{_named(name, size, new):24} {statistics.median(times):.1f} µs by itself")


def kept_mb(prefixes: int) -> tuple[float, float]:
    """The memory of an audit, in MB, after a tenth of so many distinct prefixes and after all."""
    audit = CacheAudit(lambda: b"k")
    usage = Usage(cache_write_5m_tokens=5000)
    outcome = Answered(usage)
    sizes = []
    tracemalloc.start()
    for number in range(prefixes):
        body = {
            "model": "claude-sonnet-5-5",
            "system": [{"type": "text", "text": f"{number}", "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": "Say something."}],
        }
        audit.begin(CallStart(body, CLIENT, None, None, number * 1_000_000)).settle(outcome)
        if number + 1 in (prefixes // 10, prefixes):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0] / 1e6)
    tracemalloc.stop()
    return sizes[0], sizes[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--calls", type=int, default=20, help="in a group")
    parser.add_argument("--prefixes", type=int, default=1_000_000)
    parser.add_argument("--instructions", action="store_true", help="count instructions; needs valgrind")
    asked = parser.parse_args()
    if asked.instructions:
        counted()
        return
    alone()
    added(asked.rounds, asked.calls)
    tenth, whole = kept_mb(asked.prefixes)
    print(
        f"kept after {asked.prefixes // 10:,} distinct prefixes {tenth:.1f} MB, after {asked.prefixes:,} {whole:.1f} MB"
    )


if __name__ == "__main__":
    main()
