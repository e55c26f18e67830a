"""A small app, the help desk of a shop, against a simulated Claude: traced, reported and linted.

The app is the package `helpdesk` beside this module. It is copied to a directory of its own and run there as any
other, with the commands that a user would type.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otel_claude.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_APP: Final = Path(__file__).parent / "helpdesk"
_PYPROJECT: Final = '[project]\nname = "helpdesk"\nversion = "1"\n'

SAID: Final = (
    "The endpoint is simulated, on this machine: no key is used, nothing billed, token counts are estimates."
)

CLOSING: Final = """
The lint exits with 1: as a pre-commit hook, or in CI, this does not get merged. In your own program, the one line is

    import otel_claude; otel_claude.instrument()"""

STEPS: Final = (
    ("Every Claude call of the app, traced without a change to it:", ("run", "-m", "helpdesk"), 0),
    ("What it cost, by feature:", ("report",), 0),
    ("What wastes it, in measured dollars:", ("lint", "--traces", ".", "helpdesk"), 1),
)
"""What is said before each command, its arguments, and the status with which it has to exit."""

_NEEDED: Final = {"anthropic": "instruments", "libcst": "lint"}


class DemoError(Exception):
    """The demo could not be run to its end. The message says why, and what to do."""


def run(directory: Path, say: Callable[[str], object]) -> None:
    """Runs the demo in `directory`, which has to be empty. `say` prints a line; the commands print for themselves.

    Raises `DemoError`.
    """
    missing = [extra for module, extra in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise DemoError(f"the demo needs more of otel-claude; pip install 'otel-claude[{','.join(missing)}]'")
    shutil.copytree(_APP, directory / _APP.name, ignore=shutil.ignore_patterns("__pycache__"))
    (directory / "pyproject.toml").write_text(_PYPROJECT)
    say(SAID)
    with Simulator() as simulator:
        surroundings = environment(simulator.url)
        for said, arguments, status in STEPS:
            say(f"\n{said}\n\n$ otel-claude {' '.join(arguments)}")
            done = subprocess.run(  # noqa: S603 - this Python, on our own arguments
                [sys.executable, "-m", "otel_claude", *arguments],
                cwd=directory,
                env=surroundings,
                check=False,
            )
            if done.returncode != status:
                raise DemoError(f"otel-claude {arguments[0]} exited with {done.returncode}, not {status}")
    say(CLOSING)


def environment(url: str) -> Mapping[str, str]:
    """The environment of the app: the user's without what would send its spans elsewhere, and the endpoint."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "ANTHROPIC_"))}
    return {
        **ours,
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "simulated",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
