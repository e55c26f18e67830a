"""The files that a branch changed as they were before it: read from git into memory, and never run.

A file that is new stands here as an empty one, so that what is not changed can be read beside these from the disk.
"""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass
from claude_lint.errors import LintError
from claude_lint.reading.diff import below, git
from claude_lint.reading.reader import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from claude_lint.reading.diff import Changes

_DIFF: Final = (
    "diff", "--raw", "-z", "--no-abbrev", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-relative",
    "--ignore-submodules",
)  # fmt: skip
_REGULAR: Final = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Before:
    """What a branch changed, as it was. Paths are relative to the root that is linted."""

    texts: Mapping[str, bytes]
    """The bytes of each file that was changed, moved or removed, and none for one that is new."""

    moved: Mapping[str, str] = field(default_factory=dict)
    """The path that a file had, by the one that it has."""


def files_before(changes: Changes, root: Path) -> Before:
    """The files below `root` before the `changes`. Links and files of more than 2 MB are left out.

    Raises `LintError` when git does not give them.
    """
    top = Path(os.fsdecode(git(root, "rev-parse", "--show-toplevel").removesuffix(b"\n"))).resolve()
    texts: dict[str, bytes] = {path: b"" for path, changed in changes.files.items() if changed.whole}
    moved: dict[str, str] = {}
    blobs: dict[str, str] = {}
    for mode, blob, old, new in _entries(git(top, *_DIFF, changes.base, "--")):
        before, after = below(root, top, old), below(root, top, new)
        if before is not None and mode in _REGULAR:
            blobs[before] = blob
        if before != after and after is not None:
            texts[after] = b""
            if before is not None:
                moved[after] = before
    texts.update(_contents(top, blobs))
    return Before(texts, moved)


def _entries(raw: bytes) -> Iterator[tuple[str, str, str, str]]:
    """Mode and object before, path before and path after of each entry of `git diff --raw -z`."""
    fields = iter(raw.split(b"\0"))
    for head in fields:
        if not head:
            return
        mode, _, blob, _, status = head.decode().removeprefix(":").split(" ")
        old = os.fsdecode(next(fields))
        yield mode, blob, old, os.fsdecode(next(fields)) if status[0] in "RC" else old


def _contents(top: Path, blobs: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Each path with the bytes of its object, without those that are too large to be read."""
    sizes = git(
        top, "cat-file", "--batch-check", given="".join(f"{blob}\n" for blob in blobs.values()).encode()
    )
    small = [
        (path, blob)
        for (path, blob), line in zip(blobs.items(), sizes.decode().splitlines(), strict=True)
        if line.endswith(tuple("0123456789")) and int(line.rpartition(" ")[2]) <= MAX_BYTES
    ]
    out = git(top, "cat-file", "--batch", given="".join(f"{blob}\n" for _, blob in small).encode())
    at = 0
    for path, blob in small:
        end = out.index(b"\n", at)
        name, _, size = out[at:end].decode().partition(" blob ")
        if name != blob:
            raise LintError(f"{top}: git has no {blob}; --diff-base needs the history of the branch")
        start, at = end + 1, end + 2 + int(size)
        yield path, out[start : at - 1]
