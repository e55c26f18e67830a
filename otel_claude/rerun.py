"""Running a program with the instrumentation on, by starting Python on it anew.

The process is replaced, so what the program sees of itself, `__main__`, its arguments, signals, pickling and exit
handlers, is as without us. A directory with our `sitecustomize` comes first on PYTHONPATH; it is inherited by the
Python processes that the program starts.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

_BOOTSTRAP: Final = Path(__file__).parent / "bootstrap"

_DISABLED: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
_OTHERS_OF_THE_SDK: Final = "anthropic"
"""The name under which every other instrumentation of the SDK is known to OpenTelemetry. Ours has another."""

_IGNORED_BY_PYTHON: Final = ("SIGPIPE", "SIGXFSZ")
"""Signals that Python ignores from its start. A process that replaces it would ignore them too."""

_SHUTS_US_OUT: Final = {
    "E": "it ignores PYTHONPATH",
    "I": "it ignores PYTHONPATH",
    "S": "it leaves sitecustomize out",
}
"""Options of Python under which it does not import what we put first, each with the reason."""

_ENDS_THE_OPTIONS: Final = "cm"
_TAKES_AN_ARGUMENT: Final = "WX"
"""Options of Python whose argument is the rest of the word, or the next one."""


class ProgramError(Exception):
    """The program cannot be started, or not traced. The message is one line, and says why."""


def run(program: Sequence[str]) -> NoReturn:
    """Replaces this process by `program`, which must not be empty.

    It is what follows `python` on a command line (a file, `-m` and a module, `-c` and code, with Python's own options
    before), or a command, and its arguments. Raises `ProgramError`.
    """
    arguments = _arguments(program)
    inherited = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_BOOTSTRAP), *([inherited] if inherited else [])]),
        "OTEL_CLAUDE_RUN_PID": str(os.getpid()),
        _DISABLED: _disabled_instrumentations(os.environ.get(_DISABLED, "")),
    }
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    for name in _IGNORED_BY_PYTHON:
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execve(arguments[0], arguments, environment)  # noqa: S606 - the program that the user named
    except OSError as error:
        raise ProgramError(f"cannot start {arguments[0]}: {error.strerror}") from error


def _disabled_instrumentations(named: str) -> str:
    """The instrumentations that `opentelemetry-instrument` leaves out: those `named`, and any other of the SDK."""
    names = [name.strip() for name in named.split(",") if name.strip()]
    return ",".join(dict.fromkeys([*names, _OTHERS_OF_THE_SDK]))


def _arguments(program: Sequence[str]) -> list[str]:
    name = program[0]
    path = Path(name)
    if name.startswith("-"):
        _check_options(program)
        return [sys.executable, *program]
    if path.is_file() and path.suffix != ".py" and os.access(path, os.X_OK):
        # A script with an interpreter of its own.
        return [name if os.sep in name else os.path.join(os.curdir, name), *program[1:]]  # noqa: PTH118 - Path drops ./
    command = None if os.sep in name else shutil.which(name)
    if not name:
        # To `Path`, no name is the current directory.
        raise ProgramError("the name of the program is empty")
    if path.is_file() or (path / "__main__.py").is_file() or (path.is_dir() and command is None):
        return [sys.executable, *program]
    if command is None:
        is_module = all(part.isidentifier() for part in name.split(".")) and path.suffix != ".py"
        hint = f"; for a module use -m {name}" if is_module else ""
        raise ProgramError(f"there is no file or command {name!r}{hint}")
    return [command, *program[1:]]


def _check_options(program: Sequence[str]) -> None:
    """Raises `ProgramError` where an option of Python, before the program, would keep us out of it."""
    words = iter(program)
    for word in words:
        if not word.startswith("-") or word in {"-", "--"}:
            return
        if word == "--check-hash-based-pycs":
            next(words, None)
        if word.startswith("--"):
            continue
        for position, letter in enumerate(word[1:], start=1):
            if letter in _SHUTS_US_OUT:
                raise ProgramError(f"nothing is traced under python -{letter}: {_SHUTS_US_OUT[letter]}")
            if letter in _ENDS_THE_OPTIONS:
                return
            if letter in _TAKES_AN_ARGUMENT:
                if position == len(word) - 1:
                    next(words, None)
                break
