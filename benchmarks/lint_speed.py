"""How long the linter takes, beside ruff and pcdlint on the same trees, as a Markdown table.

    python -m benchmarks.lint_speed [DIRECTORY…] [--rounds 3] [--without-pcdlint]

Each tool runs as a process of its own, one thread, in turns: what else the machine does falls on all alike. What is
told is the least processor time, user and system, of a tool's runs, the least time by the clock, and the most memory.
`first` keeps and uses nothing; `again` has what a run before it kept. A run of each before the first round leaves
bytecode beside our modules, as installing them does. ruff runs its rules F, the cheapest that read every file, and
looks for something else; pcdlint looks for some of the same. Without directories the tree is the wheel of homeassistant
from PyPI at a pinned version, below `.envs`. A small file with one Claude call is measured always.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from claude_lint.reading.discover import discover
from claude_lint.reading.prefilter import may_call_claude

from benchmarks.lint_accuracy.peers import PEERS, InstallError, install

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENVIRONMENTS: Final = Path(__file__).parent.parent / ".envs"
HOME_ASSISTANT: Final = "2026.2.3"
BYTECODE: Final = {"PYTHONDONTWRITEBYTECODE": ""}
"""Lets a tool keep its bytecode, whatever is set here: an installed package has it."""

SMALL: Final = """\
from anthropic import Anthropic

client = Anthropic()


def ask(question: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-4-5", max_tokens=1024, messages=[{"role": "user", "content": question}]
    )
    return message.content[0].text
"""


@dataclass(frozen=True)
class Tool:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time, seconds by the clock, and MB (1,000,000 bytes) at most, of one or more runs."""

    cpu: float
    wall: float
    memory: float

    def best(self, other: Cost) -> Cost:
        return Cost(min(self.cpu, other.cpu), min(self.wall, other.wall), max(self.memory, other.memory))


def run(tool: Tool, directory: Path) -> Cost:
    """Run a tool once. Raises `ChildProcessError` when it could not work; findings are no failure."""
    started = time.perf_counter()
    process = subprocess.Popen(
        tool.command,
        cwd=directory,
        env={**os.environ, **tool.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise ChildProcessError(f"{tool.name} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * unit / 1e6)


def tools(kept: Path, *, pcdlint: bool) -> list[Tool]:
    """What is compared; ruff comes first. `kept` is where our cache goes."""
    ours = (str(Path(sys.executable).with_name("otel-claude")), "lint", "--isolated")
    ruff = (
        str(Path(sys.executable).with_name("ruff")),
        "check",
        "--select",
        "F",
        "--no-cache",
        "--isolated",
        ".",
    )
    found = [
        Tool("ruff F", ruff, {"RAYON_NUM_THREADS": "1"}),
        Tool("otel-claude lint, first", (*ours, "--no-cache", "."), BYTECODE),
        Tool("otel-claude lint, again", (*ours, "."), {**BYTECODE, "XDG_CACHE_HOME": str(kept)}),
    ]
    peer = next(each for each in PEERS if each.package == "pcdlint")
    if pcdlint:
        try:
            found.append(Tool(str(peer), (str(install(peer)), "."), BYTECODE))
        except InstallError as error:
            print(error, file=sys.stderr)
    return found


def measured(each: Sequence[Tool], directory: Path, rounds: int) -> dict[str, Cost]:
    """What each tool costs. A run before the first round fills the caches, the operating system's too."""
    costs: dict[str, Cost] = {}
    for tool in each:
        run(tool, directory)
    for turn in range(rounds):
        first = turn % len(each)
        for tool in (*each[first:], *each[:first]):
            cost = run(tool, directory)
            costs[tool.name] = cost.best(costs.get(tool.name, cost))
    return costs


def home_assistant() -> Path:
    """The unpacked wheel. Raises `CalledProcessError`."""
    directory = ENVIRONMENTS / f"homeassistant-{HOME_ASSISTANT}"
    if not (directory / ".complete").exists():
        with tempfile.TemporaryDirectory() as folder:
            pip = [
                sys.executable,
                "-m",
                "pip",
                "--quiet",
                "--disable-pip-version-check",
                "download",
                "--no-deps",
            ]
            pinned = ["--python-version", "3.13.2", "--only-binary", ":all:", "--dest", folder]
            subprocess.run([*pip, *pinned, f"homeassistant=={HOME_ASSISTANT}"], check=True)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                wheel.extractall(directory)
        # What git ignores is not linted, and what is installed here is ignored.
        (directory / ".git").mkdir(exist_ok=True)
        (directory / ".complete").touch()
    return directory


def described(directory: Path) -> str:
    """The tree in a sentence: its lines of Python, and how many of them are in files that may call Claude."""
    lines = passed = files = 0
    for path in discover([directory], directory).files:
        if path.endswith(".py"):
            data = (directory / path).read_bytes()
            count = data.count(b"\n")
            files, lines = files + 1, lines + count
            passed += count if may_call_claude(data) else 0
    share = passed / lines if lines else 0.0
    return f"{directory.name}: {files:,} files, {lines:,} lines, {share:.2%} of them in files that may call Claude"


def table(costs: Mapping[str, Cost]) -> str:
    base = costs["ruff F"].cpu
    rows = [
        f"| {name} | {cost.cpu:.2f} | {cost.cpu / base:.2f} | {cost.wall:.2f} | {cost.memory:.0f} |"
        for name, cost in costs.items()
    ]
    head = "| tool | CPU, s | of ruff's | clock, s | MB |\n| --- | ---: | ---: | ---: | ---: |"
    return "\n".join((head, *rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the linter beside ruff and pcdlint.")
    parser.add_argument("directories", nargs="*", type=Path, metavar="DIRECTORY")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-pcdlint", action="store_true", help="it takes minutes on a large tree")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        each = tools(Path(folder) / "kept", pcdlint=not options.without_pcdlint)
        small = Path(folder) / "one"
        small.mkdir()
        (small / "ask.py").write_text(SMALL)
        for directory in (small, *(options.directories or [home_assistant()])):
            print(f"{described(directory.resolve())}\n\n{table(measured(each, directory, options.rounds))}\n")


if __name__ == "__main__":
    main()
