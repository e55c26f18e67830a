"""The files of a project: read by their path inside the root, and never one outside it.

A *path* is relative to the root, with `/` between its parts. What was looked at is noted, also where nothing was
found, since a result depends on both.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_BYTES: Final = 2_000_000
"""A larger file is not read for the sake of another."""


class Reader:
    """Reads files below `root`. `given` is text, by path, that replaces a file's."""

    def __init__(self, root: Path, given: Mapping[str, bytes] | None = None) -> None:
        self._root = os.path.realpath(root)
        self._given = dict(given or {})
        self._found: dict[str, bool] = {}

    def is_file(self, path: str) -> bool:
        """Whether `path` is a regular file that, with all links followed, lies inside the root."""
        if path in self._given:
            return True
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._is_inside(path)
        return found

    def is_directory(self, path: str) -> bool:
        """Whether `path` is a directory inside the root."""
        key = f"{path}/"
        found = self._found.get(key)
        if found is None:
            full = os.path.realpath(f"{self._root}/{path}")
            inside = full == self._root or full.startswith(self._root.rstrip("/") + "/")
            found = self._found[key] = inside and os.path.isdir(full)  # noqa: PTH112 - text paths are fast
        return found

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or `None` when it cannot be read, is too large, or lies outside the root."""
        if path in self._given:
            return self._given[path]
        if not self.is_file(path):
            return None
        try:
            with open(f"{self._root}/{path}", "rb") as stream:  # noqa: PTH123
                data = stream.read(MAX_BYTES + 1)
        except OSError:
            return None
        return data if len(data) <= MAX_BYTES else None

    def _is_inside(self, path: str) -> bool:
        try:
            status = os.stat(f"{self._root}/{path}")  # noqa: PTH116
            if not stat.S_ISREG(status.st_mode):
                return False
            return os.path.realpath(f"{self._root}/{path}").startswith(self._root.rstrip("/") + "/")
        except (OSError, ValueError):
            return False
