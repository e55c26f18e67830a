"""The commit that a project's working tree is at, read from git's files: no program is started for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_REVISION: Final = re.compile(r"[0-9a-f]{40,64}")


def head_revision(root: Path) -> str | None:
    """The full hash of the commit at HEAD of the repository whose working tree is `root`, or `None`.

    Worktrees and packed refs are understood; a project in a folder of a larger repository is not. Never raises.
    """
    try:
        folder = _git_folder(root)
        head = (folder / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref: "):
            return head if _REVISION.fullmatch(head) else None
        return _resolved(folder, head.removeprefix("ref: "))
    except (OSError, ValueError):
        return None


def _git_folder(root: Path) -> Path:
    folder = root / ".git"
    if folder.is_file():
        # A worktree or a submodule: the file says where its folder is.
        return root / folder.read_text("utf-8").strip().removeprefix("gitdir: ")
    return folder


def _resolved(folder: Path, ref: str) -> str | None:
    common = folder / "commondir"
    home = folder / common.read_text("utf-8").strip() if common.is_file() else folder
    loose = home / ref
    if loose.is_file():
        found = loose.read_text("utf-8").strip()
        return found if _REVISION.fullmatch(found) else None
    for line in (home / "packed-refs").read_text("utf-8").splitlines():
        revision, _, name = line.partition(" ")
        if name == ref and _REVISION.fullmatch(revision):
            return revision
    return None
