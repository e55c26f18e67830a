"""The files that are linted, with what their bytes tell without a tree.

The *traits* of a file are whether it may call Claude and whether it may hold a suppression that is meant for us; its
*digest* stands for its bytes. An index knows both for a file whose time, size and inode are as they were, so that it
need not be read.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from claude_lint.reading.prefilter import may_call_claude

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024 * 1024
"""A larger file is not read. Notebooks with images in them grow to tens of MB."""

KEPT_BYTES: Final = 64 * 1024 * 1024
"""So much of what was read is kept: every wrapper that comes up is looked for in every file."""

SETTLED_NS: Final = 2_000_000_000
"""A file that changed less than this before it was read can change again within one tick of its clock."""

_NOQA_OF_OURS: Final = rb"(?i)noqa[^\n]*CL\d"

Entry = tuple[int, int, int, int, int, str]
"""Modification time (ns), size and inode of a file; whether it may call Claude; whether it may hold a suppression;
its digest.
"""


class Traits(NamedTuple):
    """What the bytes of a file tell. The digest is empty where nothing is kept between runs."""

    may_call: bool
    may_suppress: bool
    digest: str = ""


class TooLargeError(Exception):
    """The file is not read for its size; the message says so."""


class Files:
    """Files below `root`. `replaced` has bytes that stand for a file's; `index` what is known of the others, `None`
    where nothing is kept between runs.
    """

    def __init__(self, root: Path, replaced: Mapping[str, bytes], index: dict[str, Entry] | None) -> None:
        self._prefix = root.as_posix().rstrip("/") + "/"
        self._replaced, self.index = replaced, index
        self.changed = False
        """Whether the index has learnt something."""

        self.reread: set[str] = set()
        """The files that the index did not know as they are."""

        self._unchanged: dict[str, Entry] = {}
        self._kept: dict[str, bytes] = {}
        self._room = KEPT_BYTES
        self._last: tuple[str, bytes] = ("", b"")

    def unchanged(self, paths: Iterable[str]) -> Mapping[str, Entry]:
        """Those of the files that are as the index knows them. They are taken to stay so."""
        index = self.index or {}
        for path in paths:
            entry = index.get(path)
            if entry is None or path in self._replaced:
                continue
            try:
                status = os.stat(self._prefix + path)  # noqa: PTH116 - thousands of times
            except OSError:
                continue
            if _is_as(entry, status):
                self._unchanged[path] = entry
        return self._unchanged

    def traits(self, path: str) -> Traits:
        """Raises `OSError` for a file that cannot be read and `TooLargeError`."""
        if path in self._replaced:
            return self._traits(self._replaced[path])
        if self.index is None:
            return self._traits(self._read(path))
        known = self._unchanged.get(path)
        if known is None:
            status = os.stat(self._prefix + path)  # noqa: PTH116 - thousands of times
            known = self.index.get(path)
            if known is None or not _is_as(known, status):
                return self._reread(path, status, self.index)
        return Traits(bool(known[3]), bool(known[4]), known[5])

    def digest(self, path: str) -> str | None:
        """The digest of any file below the root, or `None` where there is none that can be read."""
        try:
            return self.traits(path).digest
        except (OSError, ValueError, TooLargeError):
            return None

    def data(self, path: str) -> bytes:
        """The bytes of a file. Raises as `traits` does."""
        if path in self._replaced:
            return self._replaced[path]
        if self._last[0] == path:
            return self._last[1]
        data = self._kept.get(path)
        if data is None:
            data = self._from_disk(path)
            self._keep(path, data)
        return data

    def _reread(self, path: str, status: os.stat_result, index: dict[str, Entry]) -> Traits:
        now = time.time_ns()
        traits = self._traits(self._read(path))
        self.reread.add(path)
        if 0 <= status.st_mtime_ns < now - SETTLED_NS:
            index[path] = (
                status.st_mtime_ns,
                status.st_size,
                status.st_ino,
                int(traits.may_call),
                int(traits.may_suppress),
                traits.digest,
            )
            self.changed = True
        elif index.pop(path, None) is not None:
            self.changed = True
        return traits

    def _read(self, path: str) -> bytes:
        data = self._from_disk(path)
        self._last = (path, data)
        self._keep(path, data)
        return data

    def _traits(self, data: bytes) -> Traits:
        digest = "" if self.index is None else digest_of(data)
        return Traits(may_call_claude(data), _may_suppress(data), digest)

    def _keep(self, path: str, data: bytes) -> None:
        if path not in self._kept and len(data) <= self._room:
            self._kept[path] = data
            self._room -= len(data)

    def _from_disk(self, path: str) -> bytes:
        # Thousands of times: a file object costs as much as reading what is in most files.
        descriptor = os.open(self._prefix + path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            if size > MAX_BYTES:
                raise TooLargeError(f"not read: larger than {MAX_BYTES // 1024 // 1024} MB")
            data = os.read(descriptor, size + 1)
            if len(data) == size:
                return data
            # It grows or shrinks while it is read, or is none of those whose size is known.
            rest = [data]
            while data:
                data = os.read(descriptor, 1024 * 1024)
                rest.append(data)
            return b"".join(rest)
        finally:
            os.close(descriptor)


def _is_as(known: Entry, status: os.stat_result) -> bool:
    return known[0] == status.st_mtime_ns and known[1] == status.st_size and known[2] == status.st_ino


def digest_of(data: bytes) -> str:
    """What stands for these bytes."""
    from hashlib import blake2b  # which loads OpenSSL

    return blake2b(data, digest_size=16).hexdigest()


def _may_suppress(data: bytes) -> bool:
    if b"claude-lint" in data:
        return True
    noqa = (b"noqa" in data or b"NOQA" in data) and b"CL" in data
    return noqa and re.search(_NOQA_OF_OURS, data) is not None
