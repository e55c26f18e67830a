"""Python environments with other versions of things than the one that runs the tests, made once and kept in `.envs`."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".envs"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
"""The versions of Python that we say we support."""


@contextmanager
def locked(name):
    """Only one process at a time is inside, for each name."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def library(name, *requirements):
    """The environment variables under which this Python imports a library that is built on the SDK, and us.

    It is as it is today, with all that it needs, another version of the SDK included.
    """
    folder = ENVIRONMENTS / f"with-{name}"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--target",
                str(folder),
                "--upgrade",
            ]
            subprocess.run([*command, *requirements], check=True)
            (folder / ".complete").touch()
    return {**os.environ, "PYTHONPATH": str(folder)}


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


@cache
def other_python(version):
    """A Python of that version, such as "3.10", which has what we and the newest SDK need, and us; or `None`.

    It is made with the `python3.10` that is on the PATH, if there is one which runs, and is not the one that runs this.
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return None
    base = _on_the_path(f"python{version}")
    if base is None:
        return None
    folder = ENVIRONMENTS / f"python-{version}"
    python = folder / "bin" / "python"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([base, "-m", "venv", str(folder)], check=True)
            packages = [f"anthropic=={installed_version('anthropic')}", "distro", "httpx"]
            command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*command, "--editable", str(ROOT), *packages], check=True)
            (folder / ".complete").touch()
    return python


def _on_the_path(name):
    for folder in os.get_exec_path():
        found = shutil.which(name, path=folder)
        # What is there may be the stand-in of a version manager, for a version that is not chosen.
        if found and subprocess.run([found, "-c", "import ensurepip"], capture_output=True).returncode == 0:
            return found
    return None
