"""Python environments with other versions of things than the one that runs the tests, made once and kept in `.envs`."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".envs"


@contextmanager
def locked(name):
    """Only one process at a time is inside, for each name."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sdk_overlay(version):
    """The environment variables under which this Python imports that version of the anthropic SDK, and us.

    Only the SDK itself is another one: what it needs is in the environment of the tests.
    """
    folder = ENVIRONMENTS / f"anthropic-{version}"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--target",
                str(folder),
            ]
            subprocess.run([*command, "--upgrade", f"anthropic=={version}"], check=True)
            (folder / ".complete").touch()
    return {**os.environ, "PYTHONPATH": str(folder)}
