"""Calls timed in processes of their own, in small groups by turns: what else the machine does falls on all alike.

A *variant* is a way to instrument the SDK. Each runs in a process that is never instrumented otherwise: hooks that
come and go cost the interpreter its caches. A *group* is some calls in a row: few, to be seldom interrupted, but enough
to warm the processor's caches. In a *round* each variant runs one group, in an order that moves on from round to round.

The endpoint is a transport that answers from memory. Spans end in a processor that drops them; metrics go to an
in-memory reader, which collects after each group: what an instrumentation left to be worked out later is timed beside.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parent.parent
WARM_UP = 200
"""Calls before the first group, or that many events in streams."""

LONGEST_S = 300
"""Seconds that one order may take. A peer that waits for its own network would wait for ever."""


@dataclass(frozen=True)
class Variant:
    """A way to instrument the SDK, in source code that runs where `provider` and `meters` are there."""

    name: str
    enable: str = "pass"
    """Imports and enables the instrumentation."""

    wrap: str = "client"
    """The client that is called, made from `client`."""

    sdk_spans: bool = False
    """Whether the SDK makes its own spans."""

    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Quartiles:
    """What was measured, in microseconds: the median, with the quartiles around it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Quartiles:
        return cls(*statistics.quantiles(values, n=4))

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.low:.1f} to {self.high:.1f})"

    def in_ms(self) -> Quartiles:
        """The same in milliseconds."""
        return Quartiles(self.low / 1e3, self.median / 1e3, self.high / 1e3)


@dataclass(frozen=True)
class Times:
    """Microseconds a call, of each group: by the clock, of the processor's time, and by the clock of collecting the
    metrics after it."""

    wall: list[float]
    cpu: list[float]
    collecting: list[float]

    def over(self, other: Times) -> Times:
        """What these have more than `other`, which ran in the same rounds."""
        return Times(
            [mine - its for mine, its in zip(self.wall, other.wall, strict=True)],
            [mine - its for mine, its in zip(self.cpu, other.cpu, strict=True)],
            [mine - its for mine, its in zip(self.collecting, other.collecting, strict=True)],
        )


class Timed:
    """The process of one variant. It serves one order after the other.

    `started_ms` is the processor's time that enabling took.
    """

    def __init__(self, variant: Variant, deltas: int | None) -> None:
        """`deltas` is the number of text deltas of the streams that are called for, or `None` for `create`."""
        self.variant = variant
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.timed_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            cwd=ROOT,
            # Bytecode is there, as it is of what is installed.
            env={
                **os.environ,
                "PYTHONHASHSEED": "0",
                "PYTHONDONTWRITEBYTECODE": "",
                **variant.environment,
            },
        )
        wanted = {
            "enable": variant.enable,
            "wrap": variant.wrap,
            "sdk_spans": variant.sdk_spans,
            "deltas": deltas,
        }
        self.started_ms: float = self._ask(wanted)["started_ms"]

    def group(self, calls: int) -> tuple[float, float, float]:
        """The microseconds a call of one group, as `Times` has them."""
        answer = self._ask({"group": calls})
        return answer["wall"], answer["cpu"], answer["collecting"]

    def kept_kb(self, few: int, many: int) -> float:
        """The KB (1,000 bytes) that are in use after `many` calls and not after `few`."""
        return float(self._ask({"few": few, "many": many})["kept_kb"])

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._said.close()

    def _ask(self, order: Mapping[str, object]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        overdue = threading.Timer(LONGEST_S, self._process.kill)
        overdue.start()
        answer = self._process.stdout.readline()
        overdue.cancel()
        if not answer:
            raise ChildProcessError(
                f"{self.variant.name}: ended, or was ended after {LONGEST_S} s: {self._last_words()}"
            )
        return json.loads(answer)

    def _last_words(self) -> str:
        """The last line that the process has said on stderr."""
        self._said.seek(0)
        *_, last = ["nothing", *self._said.read().decode(errors="replace").strip().splitlines()]
        return last


@contextmanager
def running(variants: Sequence[Variant], deltas: int | None) -> Iterator[list[Timed]]:
    """The processes of `variants`, which end with the block."""
    processes: list[Timed] = []
    try:
        processes.extend(Timed(variant, deltas) for variant in variants)
        yield processes
    finally:
        for process in processes:
            process.close()


def timed(processes: Sequence[Timed], rounds: int, calls: int) -> dict[str, Times]:
    """The times of each variant by its name, over so many rounds of groups of so many calls."""
    found = {process.variant.name: Times([], [], []) for process in processes}
    for turn in range(rounds):
        first = turn % len(processes)
        for process in (*processes[first:], *processes[:first]):
            times = found[process.variant.name]
            wall, cpu, collecting = process.group(calls)
            times.wall.append(wall)
            times.cpu.append(cpu)
            times.collecting.append(collecting)
    return found


def serve() -> None:
    """What the process of a variant does: sets itself up by the first order, and then obeys."""
    orders, answers = sys.stdin, os.fdopen(os.dup(1), "w")
    # What a peer prints is not an answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def answer(**found: float) -> None:
        answers.write(json.dumps(found) + "\n")
        answers.flush()

    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

    from benchmarks.endpoint import ASK, client

    wanted = json.loads(orders.readline())
    deltas = wanted["deltas"]
    reader = InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SpanProcessor())
    names: dict[str, Any] = {"provider": provider, "meters": MeterProvider([reader])}
    started = time.process_time()
    exec(wanted["enable"], names)
    started_ms = (time.process_time() - started) * 1e3
    names["client"] = client(deltas, provider if wanted["sdk_spans"] else None)
    create = eval(wanted["wrap"], names).messages.create

    def call(times: int) -> None:
        for _ in range(times):
            if deltas is None:
                create(**ASK)  # claude-lint: ignore[CL401] it is the calls that are timed
            else:
                for _event in create(stream=True, **ASK):
                    pass

    call(WARM_UP if deltas is None else max(5, WARM_UP // deltas))
    reader.get_metrics_data()
    answer(started_ms=started_ms)
    for line in orders:
        order = json.loads(line)
        if "group" in order:
            clock, cpu = time.perf_counter_ns(), time.process_time_ns()
            call(order["group"])
            cpu, clock = time.process_time_ns() - cpu, time.perf_counter_ns() - clock
            collecting = time.perf_counter_ns()
            reader.get_metrics_data()
            collecting = time.perf_counter_ns() - collecting
            took = {"wall": clock, "cpu": cpu, "collecting": collecting}
            answer(**{name: ns / order["group"] / 1e3 for name, ns in took.items()})
        else:
            answer(kept_kb=_kept_kb(call, reader, order["few"], order["many"]))
    # What an instrumentation does at exit is not timed, and may take long.
    os._exit(0)


def _kept_kb(call: Any, reader: Any, few: int, many: int) -> float:
    tracemalloc.start()
    in_use = []
    for calls in (few, many - few):
        call(calls)
        reader.get_metrics_data()
        gc.collect()
        in_use.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return (in_use[1] - in_use[0]) / 1000


if __name__ == "__main__":
    serve()
