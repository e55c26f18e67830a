"""Applications that call Claude, each in a process and a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = ("OTEL_", "ANTHROPIC_", "PYTHONPATH", "XDG_")
"""Variables of the tests' own environment that a program must not see, by how they begin."""

PREFIX_TOKENS = 2500
"""The length of the cached prompt of `SUPPORT`, as the simulator counts."""

WRITE_USD, READ_USD = 0.006498, 0.000498
"""What the two calls of `SUPPORT` cost on Sonnet 5.5.

Both have 4 uncached tokens at $2 a million and 24 of output at $10; the first writes 2,500 tokens at $2.50, which the
second reads at $0.10.
"""

SUPPORT = f"""
import os
import sys

import anthropic

if os.environ.get("INSTRUMENT", "yes") == "yes":
    import otel_claude

    otel_claude.instrument()
    feature = otel_claude.feature
else:
    from contextlib import nullcontext as feature

client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIMULATOR"], max_retries=0)
HANDBOOK = "handbook. " * {PREFIX_TOKENS * 4 // 10}


def answer():
    with feature("support"):
        return client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=64,
            system=[{{"type": "text", "text": HANDBOOK, "cache_control": {{"type": "ephemeral"}}}}],
            messages=[{{"role": "user", "content": "hello, Claude!"}}],
        )


for _ in range(int(os.environ.get("CALLS", "2"))):
    print(answer().usage.to_dict()["output_tokens"])
"""
"""Asks twice with the same cached prompt, in the feature "support", from the function `answer`."""

KEY = "cache-key"
"""The file of the key of the cache's digests, in the store or below the user's state."""

CALL_LINE = SUPPORT.splitlines().index("        return client.messages.create(") + 1


@dataclass(frozen=True)
class Ran:
    """How a program ran. `exit_s` is what passed between its last line and its end."""

    code: int
    out: str
    err: str
    exit_s: float


class Project:
    """A folder with a `pyproject.toml`, in which programs run."""

    def __init__(self, folder: Path, simulator: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pyproject.toml").write_text("")
        self.folder = folder
        self._simulator = simulator

    def run(self, source, *, command=(), python_path=None, **variables) -> Ran:
        """Runs `source` as `app.py`, with Python or the `command` that is to run it, and these variables."""
        app = self.folder / "app.py"
        app.write_text(f"{source}\nimport time\nprint(time.time())\n")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        environment = {
            **inherited,
            "HOME": str(self.folder),
            "SIMULATOR": self._simulator,
            "PYTHONDONTWRITEBYTECODE": "1",
            **({"PYTHONPATH": str(python_path)} if python_path else {}),
            **variables,
        }
        done = subprocess.run(
            [*command, sys.executable, "app.py"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        ended = time.time()
        lines = done.stdout.splitlines()
        if done.returncode:
            return Ran(done.returncode, done.stdout, done.stderr, 0.0)
        return Ran(0, "\n".join(lines[:-1]), done.stderr, ended - float(lines[-1]))

    def files(self) -> set[str]:
        """What the programs wrote, without the project's own two files and the key of the cache's digests."""
        found = {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name != KEY
        }
        return found - {"pyproject.toml", "app.py", ".otel-claude/.gitignore"}
