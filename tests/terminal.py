"""A reader's terminal: the commands of a page, run in the page's order in one directory, with what each prints."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ELSEWHERE = ("python3 -m venv", "pip install", "docker run")
"""How the commands begin that are not run here: the environment is there, and Docker may not be."""

FOREIGN = ("OTEL_", "ANTHROPIC_", "XDG_", "HONEYCOMB_")


class Step(NamedTuple):
    """A command with the lines below it, which stand for some of those that it prints."""

    command: str
    shown: list[str]


def steps(fence):
    """The commands of a console, each after `$ `."""
    found = []
    for line in fence.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:], []))
        elif line:
            found[-1].shown.append(line)
    return found


class Terminal:
    """Runs commands in `folder` with nothing set but what the commands export. `stands_for` are texts of the page, each
    with what is in its place here: ports, endpoints and keys."""

    def __init__(self, folder, **stands_for):
        self.folder = folder
        self._stands_for = stands_for
        self._background = []
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment = {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}",
            "XDG_STATE_HOME": str(folder / "state"),
            "NO_COLOR": "1",
            "COLUMNS": "110",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        for process in self._background:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
            process.stdout.close()

    def run(self, command):
        """What the command prints, on both streams, and its exit code; `None` where it is not run here."""
        if command.startswith(ELSEWHERE):
            return None
        for text, here in self._stands_for.items():
            command = command.replace(text, here)
        if command.startswith("export "):
            self.environment |= dict(each.split("=", 1) for each in shlex.split(command)[1:])
            return None
        if command.endswith(" &"):
            self._start(command[:-2])
            return None
        done = subprocess.run(
            ["bash", "-euc", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.stdout, done.returncode

    def _start(self, command):
        process = subprocess.Popen(
            ["bash", "-euc", f"exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._background.append(process)
        assert process.stdout.readline(), command

    def follow(self, fence):
        """Runs the commands of `fence`. Each has to print what the page shows, and to succeed: but `lint`, which ends
        with 1 where it shows findings."""
        for command, shown in steps(fence):
            done = self.run(command)
            if done is None:
                continue
            printed, code = done
            has_findings = (
                " lint" in command and "--exit-zero" not in command and bool(re.search(r" CL\d{3} ", printed))
            )
            assert code == has_findings, f"{command}\n{printed}"
            for text, here in self._stands_for.items():
                printed = printed.replace(here, text)
            lines = {words(line) for line in printed.splitlines()}
            for line in shown:
                assert undated(words(line)) in {undated(each) for each in lines}, (
                    f"{command}\n{line}\n{printed}"
                )


def words(line):
    return " ".join(line.split())


def undated(line):
    return re.sub(r"^\d{4}-\d\d-\d\d", "a day", line)
