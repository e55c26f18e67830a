"""The key of every digest: 32 bytes that a project's processes share, so that they name the same prefix alike.

Without the key, a digest says nothing of the text, not even to someone who guesses it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from otel_claude.store import location

if TYPE_CHECKING:
    from pathlib import Path

log: Final = logging.getLogger("otel_claude")

VARIABLE: Final = "OTEL_CLAUDE_CACHE_KEY"
"""Any text: the key of a fleet, whose machines share no directory."""

FILE: Final = "cache-key"
"""The name of the file, which is for its owner only."""

SIZE: Final = 32
"""Bytes."""


def project_key(directory: Path | None) -> bytes:
    """The key that the environment names, else that of `directory`, which is made where it is not there yet.

    Where neither can be had, as on a file system that is read-only, a random one: digests are then this process's own.
    One that others could read is used, and said so in the log.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        return hashlib.blake2b(named.encode("utf-8", "surrogateescape"), digest_size=SIZE).digest()
    if directory is not None:
        with suppress(OSError):
            return _of(directory)
    return secrets.token_bytes(SIZE)


def _of(directory: Path) -> bytes:
    """The key in `directory`. Raises `OSError` where there is none and none can be made."""
    path = directory / FILE
    with suppress(FileNotFoundError):
        return _read(path)
    location.prepare(directory)
    # Whole before it has its name, which one of several processes gives it: all others read that one's.
    ours = directory / f".{FILE}-{secrets.token_hex(8)}"
    descriptor = os.open(ours, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SIZE))
        with suppress(FileExistsError):
            os.link(ours, path)
    finally:
        ours.unlink()
    return _read(path)


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(f"{path} is not a file")
        key = file.read(SIZE)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            log.warning(
                "otel-claude: other users can read %s, with which they can test guesses at cached prompts: "
                "remove it, and a new one is made, or chmod 600 it",
                path,
            )
    if len(key) < SIZE:
        raise OSError(f"{path} is not whole")
    return key
