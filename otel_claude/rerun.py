"""Running a program with the instrumentation on, by starting Python on it anew.

The process is replaced, so what the program sees of itself, `__main__`, its arguments, signals, pickling and exit
handlers, is as without us. A directory with our `sitecustomize` comes first on PYTHONPATH; it is inherited by the
Python processes that the program starts.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

_BOOTSTRAP: Final = Path(__file__).parent / "bootstrap"


class ProgramNotFoundError(Exception):
    """There is no such program. The message says what was looked for."""


def run(program: Sequence[str]) -> NoReturn:
    """Replaces this process by `program`: a Python file, `-m` and a module, or a command, and its arguments.

    Raises `ProgramNotFoundError`.
    """
    arguments = _arguments(program)
    inherited = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_BOOTSTRAP), *([inherited] if inherited else [])]),
        "OTEL_CLAUDE_RUN_PID": str(os.getpid()),
    }
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(arguments[0], arguments, environment)  # noqa: S606 - the program that the user named


def _arguments(program: Sequence[str]) -> list[str]:
    name = program[0]
    path = Path(name)
    if path.is_file() and path.suffix != ".py" and os.access(path, os.X_OK):
        # A script with an interpreter of its own.
        return [str(path.absolute()), *program[1:]]
    if name.startswith("-") or path.exists():
        return [sys.executable, *program]
    found = None if os.sep in name else shutil.which(name)
    if found is None:
        raise ProgramNotFoundError(f"there is no file or command {name!r}; for a module use -m {name}")
    return [found, *program[1:]]
