"""Other linters for code that calls language models, run on the same cases.

A peer is installed from PyPI in a virtual environment of its own, at a pinned version. Each of its rules stands for
those of ours that a reader could act on in the same way; what it says about other matters is left out, in problems
and in clean cases alike.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from benchmarks.lint_accuracy.cases import Line
from benchmarks.lint_accuracy.scores import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ENVIRONMENTS: Final = Path(__file__).parents[2] / ".envs"
TIMEOUT: Final = 300.0
"""Seconds for an installation, and for a run."""

Found: TypeAlias = tuple[str, int, str, str]
"""What every peer says of a finding: path, line, rule and message."""


class InstallError(Exception):
    """A peer that cannot be installed; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another linter. `rules` maps each of its rules to ours; `parse` reads what it prints."""

    package: str
    version: str
    command: tuple[str, ...]
    rules: Mapping[str, tuple[str, ...]]
    parse: Callable[[str], Iterable[Found]]

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


def install(peer: Peer) -> Path:
    """Its program, installed where it is not yet. Raises `InstallError`."""
    directory = ENVIRONMENTS / f"{peer.package}-{peer.version}"
    program = directory / "bin" / peer.command[0]
    if not program.exists():
        venv.create(directory, with_pip=True)
        pip = [
            str(directory / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        try:
            subprocess.run(
                [*pip, f"{peer.package}=={peer.version}"],
                check=True,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            why = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
            raise InstallError(
                f"{peer} could not be installed with {sys.version.split()[0]}: {why}"
            ) from error
    return program


def run(peer: Peer, program: Path, root: Path) -> list[Report]:
    """What a peer says about a directory, with paths relative to it."""
    command = [str(program), *peer.command[1:], "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    return [
        Report(frozenset(peer.rules[rule]), Line(Path(path).as_posix(), line), message=f"{rule} {message}")
        for path, line, rule, message in peer.parse(done.stdout)
        if rule in peer.rules
    ]


def _pcdlint(output: str) -> Iterable[Found]:
    for row in json.loads(output):
        yield row["file_path"], row["lineno"], row["rule_id"], row["message"]


def _coffer(output: str) -> Iterable[Found]:
    for row in json.loads(output):
        yield row["file"], row["line"], row["pattern"], row["suggestion"]


def _overllm(output: str) -> Iterable[Found]:
    for row in json.loads(output):
        yield row["path"], row["line"], row["rule"], row["message"]


def _agentguard(output: str) -> Iterable[Found]:
    document: dict[str, Any] = json.loads(output)
    for row in document["findings"]:
        yield row["path"], row["line"], row["rule"], row["message"]


def _llmdoctor(output: str) -> Iterable[Found]:
    for row in json.loads(output):
        yield row["file"], row["line"], row["code"], row["title"]


def _tokenlint(output: str) -> Iterable[Found]:
    """It prints text only: a path on a line of its own, then its findings, further to the right."""
    path = ""
    for line in re.sub(r"\x1b\[[0-9;]*m", "", output).splitlines():
        if found := re.fullmatch(r" {4}(?:FAIL|WARN|INFO) (R\d+-[\w-]+)\s+line (\d+)", line):
            yield path, int(found[2]), found[1], ""
        elif found := re.fullmatch(r"  (\S.*\.py)", line):
            path = found[1]


_DYNAMIC: Final = ("CL101", "CL104")
_IN_LOOP: Final = ("CL401",)
_RETIRED: Final = ("CL302", "CL303")

PEERS: Final = (
    Peer(
        "pcdlint",
        "0.3.0",
        ("pcdlint", "--format", "json"),
        {
            "PCL001": _DYNAMIC,
            "PCL002": ("CL102",),
            "PCL003": ("CL102",),
            "PCL004": ("CL102",),
            "PCL005": _DYNAMIC,
        },
        _pcdlint,
    ),
    Peer(
        "coffer-cli",
        "0.2.0",
        ("coffer", "scan", "--json"),
        {
            "dynamic_before_static_cache_break": _DYNAMIC,
            "llm_in_for_loop": _IN_LOOP,
            "retry_loop_no_backoff": ("CL403",),
            "uncached_large_prompt": ("CL103", "CL405"),
            "unbounded_conversation_history": ("CL404",),
        },
        _coffer,
    ),
    Peer(
        "tokenlint",
        "0.1.1",
        ("tokenlint", "--fail-on", "never"),
        {
            "R001-expensive-model": ("CL301",),
            "R002-no-max-tokens": ("CL201",),
            "R003-no-prompt-cache": ("CL103",),
            "R004-llm-call-in-loop": _IN_LOOP,
            "R005-large-inline-prompt": ("CL103", "CL405"),
        },
        _tokenlint,
    ),
    Peer(
        "overllm",
        "0.7.0",
        ("overllm", "--format", "json", "--all", "--exit-zero"),
        {
            "llm-in-loop": _IN_LOOP,
            "llm-extraction": ("CL301",),
            "llm-mechanical": ("CL301",),
            "unsupported-params": ("CL305",),
            "deprecated-model": _RETIRED,
        },
        _overllm,
    ),
    Peer(
        "agentguard-lint",
        "0.3.1",
        ("agentguard", "--no-costs", "--format", "json"),
        {
            "AG002": ("CL404",),
            "AG003": _IN_LOOP,
            "AG004": _IN_LOOP,
            "AG006": ("CL201",),
            "AG007": ("CL103", "CL405"),
        },
        _agentguard,
    ),
    Peer(
        "llmdoctor",
        "0.2.5",
        ("llmdoctor", "doctor", "--json"),
        {
            "TS001": _DYNAMIC,
            "TS003": ("CL103",),
            "TS010": ("CL201",),
            "TS011": ("CL202",),
            "TS020": ("CL301",),
        },
        _llmdoctor,
    ),
)
"""The peers, with the newest version that scans code: coffer-cli dropped its scanner after 0.2."""
