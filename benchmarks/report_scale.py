"""What `otel-claude report` takes for a store of many spans: processor time, time by the clock, memory.

    python -m benchmarks.report_scale [--spans 1000000] [--directory PATH] [--one-processor] [--plain]

The report has all processors, or one; `--plain` is as without msgspec. Memory is that of all its processes together, as
the kernel counts what each has resident every 20 ms; what they share counts in each. The spans are those of the demo's
app, run against the simulator and traced, again and again with other ids and other times: 7 days of them, in daily
files. The store and the report are what a user has; nothing is measured inside.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from otel_claude import demo
from otel_claude.report.parts import processors
from otel_claude.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAYS: Final = 7
NEWEST: Final = datetime(2026, 11, 20, tzinfo=timezone.utc)
"""The last of the days."""
TOOK_NS: Final = 20_000_000
"""How long each call took."""

_ID: Final = re.compile(
    rb'"(?:traceId|spanId|parentSpanId)":"([0-9a-f]+)"|"(?:start|end)TimeUnixNano":"(\d+)"'
    rb"|(?:req|msg)_simulated_(\d+)"
)
"""What is another one in each copy of a span."""


@dataclass(frozen=True)
class Measured:
    """One report. Memory is bytes; processor time and memory are those of all its processes."""

    report: Mapping[str, Any]
    cpu_s: float
    wall_s: float
    peak_bytes: int


def demo_lines(directory: Path) -> list[bytes]:
    """The lines that the demo's app leaves in a store when it is run once in `directory`."""
    shutil.copytree(Path(demo.__file__).parent / "helpdesk", directory / "helpdesk")
    (directory / "pyproject.toml").write_text('[project]\nname = "helpdesk"\n')
    with Simulator() as simulator:
        subprocess.run(
            [sys.executable, "-m", "otel_claude", "run", "-m", "helpdesk"],
            cwd=directory,
            env=demo.environment(simulator.url),
            check=True,
            capture_output=True,
        )
    files = sorted(directory.glob(".otel-claude/traces/*.jsonl"))
    return b"".join(file.read_bytes() for file in files).splitlines(keepends=True)


def fill(store: Path, lines: Sequence[bytes], spans: int) -> int:
    """Writes `spans` spans to `store`, which are those of `lines` by turns; returns how many bytes that is."""
    size = written = 0
    for day in range(DAYS):
        midnight = NEWEST - timedelta(days=DAYS - 1 - day)
        until = spans * (day + 1) // DAYS
        step = 86_400 * 10**9 // max(1, until - written)
        began = int(midnight.timestamp()) * 10**9
        with (store / f"traces-{midnight:%Y-%m-%d}.jsonl").open("wb", buffering=1 << 20) as file:
            for place, number in enumerate(range(written, until)):
                round_, which = divmod(number, len(lines))
                size += file.write(_copy(lines[which], round_, began + place * step))
        written = until
    return size


def _copy(line: bytes, number: int, at_ns: int) -> bytes:
    """`line` with ids of the round `number`, begun at `at_ns`. What has one id in a round has one in the next."""
    found: list[bytes] = []
    end = 0
    for match in _ID.finditer(line):
        which = match.lastindex or 0
        start = match.start(which)
        found.append(line[end:start])
        old = match[which]
        if which == 1:
            found.append(b"%0*x" % (len(old), int(old, 16) ^ number << 8))
        elif which == 2:
            found.append(b"%d" % (at_ns if b"start" in match[0] else at_ns + TOOK_NS))
        else:
            found.append(b"%s%09d" % (old, number))
        end = match.end(which)
    found.append(line[end:])
    return b"".join(found)


def measured(store: Path, *options: str, is_plain: bool = False) -> Measured:
    """The report on `store`, made by a process of its own. One that is plain is as without msgspec."""
    environment = {**os.environ, "OTEL_CLAUDE_STORE": str(store)}
    with tempfile.TemporaryDirectory() as hiding:
        if is_plain:
            Path(hiding, "msgspec.py").write_text("raise ImportError\n")
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, (hiding, os.environ.get("PYTHONPATH"))))
        read, write = os.pipe()
        started = time.perf_counter()
        process = os.fork()
        if process == 0:
            os.dup2(write, 1)
            os.close(read)
            arguments = [sys.executable, "-m", "otel_claude", "report", "--format", "json", *options]
            os.execve(sys.executable, arguments, environment)
        os.close(write)
        memory = _Memory(process)
        memory.start()
        with os.fdopen(read, "rb") as output:
            text = output.read()
        _, status, used = os.wait4(process, 0)
        wall_s = time.perf_counter() - started
        memory.is_over.set()
        memory.join()
    if status:
        raise ChildProcessError(f"the report ended with {os.waitstatus_to_exitcode(status)}")
    peak = max(memory.peak_bytes, used.ru_maxrss * 1024)
    return Measured(json.loads(text), used.ru_utime + used.ru_stime, wall_s, peak)


class _Memory(threading.Thread):
    """Watches what a process and those below it have resident, until it is over. Needs Linux."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.peak_bytes = 0
        self._process = process

    def run(self) -> None:
        while not self.is_over.wait(0.02):
            self.peak_bytes = max(self.peak_bytes, _resident(self._process))


def _resident(process: int) -> int:
    """Bytes of the process and those below it. What ended meanwhile has none."""
    folder = Path(f"/proc/{process}")
    try:
        pages = int((folder / "statm").read_text().split()[1])
        below = (folder / f"task/{process}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(int(child)) for child in below)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path, help="Where to put the store, some 4 KB a span.")
    parser.add_argument("--one-processor", action="store_true", help="As on a machine that has one.")
    parser.add_argument("--plain", action="store_true", help="As without the extra `fast`.")
    asked = parser.parse_args()
    if asked.one_processor:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(dir=asked.directory) as folder:
        app, store = Path(folder, "app"), Path(folder, "store")
        app.mkdir()
        store.mkdir()
        size = fill(store, demo_lines(app), asked.spans)
        print(f"{asked.spans:,} spans, {size / 1e6:,.0f} MB, {size / asked.spans:,.0f} bytes each")
        found = measured(store, is_plain=asked.plain)
    calls = found.report["total"]["calls"]
    print(
        f"{calls:,} calls on {processors()} processors: {found.wall_s:.1f} s by the clock, {found.cpu_s:.1f} s of "
        f"processor time ({found.cpu_s / asked.spans * 1e6:.1f} us a span), at most {found.peak_bytes / 1e6:.0f} MB of "
        "memory"
    )


if __name__ == "__main__":
    main()
