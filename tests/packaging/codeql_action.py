"""GitHub's own action that uploads SARIF, fetched as it is released and run by Node against an API on loopback."""

from __future__ import annotations

import shutil
import subprocess

from tests.environments import ENVIRONMENTS, locked

REPOSITORY = "https://github.com/github/codeql-action"
ENTRY = "lib/upload-sarif-entry.js"
FETCH_S = 180


class UnavailableError(Exception):
    """The action cannot be had here. The message says why."""


def command(used):
    """The command that runs the action that a step `used`, as `github/codeql-action/upload-sarif@SHA`.

    Raises `UnavailableError`.
    """
    node = shutil.which("node")
    if node is None:
        raise UnavailableError("Node is not installed")
    commit = used.rpartition("@")[2]
    folder = ENVIRONMENTS / f"codeql-action-{commit[:12]}"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for arguments in (
                ("init", "--quiet"),
                ("fetch", "--quiet", "--depth", "1", REPOSITORY, commit),
                ("checkout", "--quiet", "FETCH_HEAD", "--", "lib"),
            ):
                _git(folder, arguments)
            (folder / ".complete").touch()
    return [node, str(folder / ENTRY)]


def _git(folder, arguments):
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=FETCH_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{REPOSITORY} did not answer within {FETCH_S} s") from None
    if done.returncode:
        raise UnavailableError(f"git could not get it: {done.stderr.strip()[-300:]}")
