"""What programs that read our reports bring along to read them with, fetched once and kept in `.envs`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.environments import ENVIRONMENTS, locked

if TYPE_CHECKING:
    from pathlib import Path


def package(requirement: str) -> Path:
    """A directory with the files of a package from PyPI, without what it needs itself."""
    folder = ENVIRONMENTS / f"consumer-{requirement.replace('==', '-')}"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run(
                [*command, "--no-deps", "--upgrade", "--target", str(folder), requirement], check=True
            )
            (folder / ".complete").touch()
    return folder
