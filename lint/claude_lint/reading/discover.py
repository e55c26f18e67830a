"""Which files to lint: what is named, and below a named directory what is Python, ours and not ignored.

Directories that never hold a project's own code are skipped by name, as is every virtual environment. What
`.gitignore` files and `.git/info/exclude` leave out is skipped too, deeper files deciding over higher ones.
Links met on the way are not followed: what one leads to inside the root is linted under its own name, and
what lies outside is not ours to read. A file that is named is linted even when it is ignored or excluded, unless
exclusion is forced: tools that name files themselves ask for that.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass
from claude_lint.errors import LintError
from claude_lint.reading.files import SETTLED_NS
from claude_lint.reading.patterns import Exclusion, Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES: Final = (".py", ".ipynb")

SKIPPED_DIRECTORIES: Final = frozenset(
    {
        ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pytest_cache",
        ".ruff_cache", ".svn", ".tox", ".venv", "__pycache__", "__pypackages__", "build", "dist",
        "node_modules", "site-packages", "venv", ".claude-lint-cache", ".otel-claude",
    }
)  # fmt: skip


Listing = tuple[int, int, str, bool, list[str], list[str]]
"""Modification time (ns) and inode of a directory, what decided what is left out of it, whether it has a
`.gitignore`, and the names of the files and directories in it that are not left out.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The files that paths name, relative to the root with `/` between their parts, sorted, each once."""

    files: tuple[str, ...]
    unlisted: tuple[tuple[str, str], ...] = ()
    """The directories that could not be listed, each with the reason."""

    relisted: bool = False
    """Whether a listing was made that stands for listing the directory again."""


def discover(
    paths: Iterable[Path],
    root: Path,
    exclude: Exclusion | None = None,
    *,
    force: bool = False,
    listings: dict[str, Listing] | None = None,
) -> Found:
    """The files that `paths` name.

    Relative paths start at `root`, which has no links in it. `exclude` holds for what is found, and with `force` for
    what is named too. `listings` are those of earlier runs by absolute path: one whose directory is as it was stands
    for listing it again, and new ones are added. Raises `LintError` for a path that does not exist, lies outside the
    root or is neither file nor directory.
    """
    exclude = exclude or Exclusion()
    walk = _Walk(root, exclude, {} if listings is None else listings)
    for path in paths:
        # A named link keeps its own name: only the directory that holds it is resolved.
        full = Path(os.path.normpath(root / path))
        if not os.path.exists(full):  # noqa: PTH110 - false, not an error, for a name that no file can have
            raise LintError(f"{path}: no such file or directory")
        full = full.parent.resolve() / full.name
        if not full.is_relative_to(root) or not full.resolve().is_relative_to(root):
            raise LintError(f"{path}: outside {root}; run the command in a directory that holds it")
        if not full.is_dir() and not full.is_file():
            raise LintError(f"{path}: neither a file nor a directory")
        if force and _left_out(full, root, exclude):
            continue
        if full.is_dir():
            walk.below(full.resolve(), force=force)
        else:
            walk.files.append(full.relative_to(root).as_posix())
    files = dict.fromkeys(sorted(walk.files))
    return Found(tuple(files), tuple(walk.unlisted), walk.relisted)


def _left_out(full: Path, root: Path, exclude: Exclusion) -> bool:
    if not SKIPPED_DIRECTORIES.isdisjoint(full.relative_to(root).parts[: None if full.is_dir() else -1]):
        return True
    return exclude.covers(full.as_posix() + ("/" if full.is_dir() else ""))


class _Walk:
    """Collects the files below directories."""

    def __init__(self, root: Path, exclude: Exclusion, listings: dict[str, Listing]) -> None:
        self._root, self._exclude, self._listings = root, exclude, listings
        self.files: list[str] = []
        """What was found, in no order, and twice where two directories that were named hold it."""

        self.unlisted: list[tuple[str, str]] = []
        self.relisted = False
        """Whether one of `listings` is new."""

    def below(self, directory: Path, *, force: bool) -> None:
        top = directory.as_posix().rstrip("/") + "/"
        inherited = _ignores_above(directory)
        if _ignored(top, inherited):
            inherited = ()
        exclude = Exclusion() if not force and self._exclude.covers(top) else self._exclude
        stack = [(top, inherited, _key(inherited, exclude, is_top=True))]
        offset = len(self._root.as_posix().rstrip("/")) + 1
        while stack:
            current, inherited, key = stack.pop()
            listing, ignores = self._listings.get(current), inherited
            try:
                status = os.stat(current)  # noqa: PTH116 - text paths throughout this walk
                # Most directories are as they were, and have no ignore file.
                if (
                    listing is None
                    or listing[0] != status.st_mtime_ns
                    or listing[1] != status.st_ino
                    or listing[2] != key
                    or listing[3]
                ):
                    listing, ignores = self._listing(
                        current, status, inherited, exclude, is_top=current == top
                    )
            except OSError as error:
                self.unlisted.append((current[offset:-1], error.strerror or str(error)))
                continue
            if listing[4]:
                below = current[offset:]
                self.files += [below + name for name in listing[4]]
            if listing[5]:
                if ignores is not inherited or current == top:
                    key = _key(ignores, exclude, is_top=False)
                stack += [(current + name + "/", ignores, key) for name in listing[5]]

    def _listing(
        self,
        current: str,
        status: os.stat_result,
        inherited: tuple[Patterns, ...],
        exclude: Exclusion,
        *,
        is_top: bool,
    ) -> tuple[Listing, tuple[Patterns, ...]]:
        """The directory's listing, and the ignore files in force in it."""
        known = self._listings.get(current)
        if known is not None and (known[0], known[1]) == (status.st_mtime_ns, status.st_ino):
            ignores = _with_file(inherited, current, current + ".gitignore") if known[3] else inherited
            if known[2] == _key(ignores, exclude, is_top=is_top):
                return known, ignores
        now = time.time_ns()
        with os.scandir(current) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        names = {entry.name for entry in listed}
        has_ignores = ".gitignore" in names
        ignores = _with_file(inherited, current, current + ".gitignore") if has_ignores else inherited
        files: list[str] = []
        directories: list[str] = []
        for entry in () if "pyvenv.cfg" in names and not is_top else listed:
            is_directory = entry.is_dir(follow_symlinks=False)
            if is_directory:
                if entry.name in SKIPPED_DIRECTORIES:
                    continue
            elif not (entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False)):
                continue
            full = current + entry.name + ("/" if is_directory else "")
            if not _ignored(full, ignores) and not exclude.covers(full):
                (directories if is_directory else files).append(entry.name)
        listing = (
            status.st_mtime_ns,
            status.st_ino,
            _key(ignores, exclude, is_top=is_top),
            has_ignores,
            files,
            directories,
        )
        if status.st_mtime_ns < now - SETTLED_NS:
            self._listings[current] = listing
            self.relisted = True
        else:
            self._listings.pop(current, None)
        return listing, ignores


def _key(ignores: tuple[Patterns, ...], exclude: Exclusion, *, is_top: bool) -> str:
    return " ".join(("top" if is_top else "", *(each.key for each in ignores), "|", exclude.key))


def _ignored(path: str, ignores: tuple[Patterns, ...]) -> bool:
    for each in ignores:
        decision = each.decide(path)
        if decision is not None:
            return decision
    return False


def _ignores_above(directory: Path) -> tuple[Patterns, ...]:
    """The ignore files of the directories above, up to the top of the repository; nothing outside one."""
    above: list[Path] = []
    for candidate in (directory, *directory.parents):
        if candidate != directory:
            above.append(candidate)
        if (candidate / ".git").exists():
            break
    else:
        return ()
    ignores: tuple[Patterns, ...] = ()
    top = candidate.as_posix().rstrip("/") + "/"
    ignores = _with_file(ignores, top, top + ".git/info/exclude")
    for parent in reversed(above):
        base = parent.as_posix().rstrip("/") + "/"
        ignores = _with_file(ignores, base, base + ".gitignore")
    return ignores


def _with_file(inherited: tuple[Patterns, ...], base: str, file: str) -> tuple[Patterns, ...]:
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):  # noqa: PTH116 - text paths throughout this walk
            return inherited
        text = Path(file).read_text("utf-8", "replace")
        return (Patterns(text.splitlines(), Path(base)), *inherited)
    except (OSError, ValueError):
        return inherited
