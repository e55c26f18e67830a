"""Which files to lint: what is named, and below a named directory what is Python, ours and not ignored.

Directories that never hold a project's own code are skipped by name, as is every virtual environment. What
`.gitignore` files and `.git/info/exclude` leave out is skipped too, deeper files deciding over higher ones.
Links met on the way are not followed: what one leads to inside the root is linted under its own name, and
what lies outside is not ours to read. A file that is named is always linted.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from claude_lint.errors import LintError
from claude_lint.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES: Final = (".py", ".ipynb")

SKIPPED_DIRECTORIES: Final = frozenset(
    {
        ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pytest_cache",
        ".ruff_cache", ".svn", ".tox", ".venv", "__pycache__", "__pypackages__", "build", "dist",
        "node_modules", "site-packages", "venv", ".claude-lint-cache", ".otel-claude",
    }
)  # fmt: skip


def discover(paths: Iterable[Path], root: Path, exclude: Patterns | None = None) -> tuple[str, ...]:
    """The files that `paths` name, relative to `root` with `/` between their parts, sorted, each once.

    Relative paths start at `root`, which has no links in it. `exclude` holds for what is found, not for what
    is named. Raises `LintError` for a path that does not exist, lies outside the root or is neither file nor
    directory.
    """
    found: set[str] = set()
    for path in paths:
        # A named link keeps its own name: only the directory that holds it is resolved.
        full = Path(os.path.normpath(root / path))
        if not os.path.exists(full):  # noqa: PTH110 - false, not an error, for a name that no file can have
            raise LintError(f"{path}: no such file or directory")
        full = full.parent.resolve() / full.name
        if not full.is_relative_to(root) or not full.resolve().is_relative_to(root):
            raise LintError(f"{path}: outside {root}; run the command in a directory that holds it")
        if full.is_dir():
            found.update(_walk(full.resolve(), root, exclude))
        elif full.is_file():
            found.add(full.relative_to(root).as_posix())
        else:
            raise LintError(f"{path}: neither a file nor a directory")
    return tuple(sorted(found))


def _walk(directory: Path, root: Path, exclude: Patterns | None) -> Iterator[str]:
    top = directory.as_posix().rstrip("/") + "/"
    inherited = _ignores_above(directory)
    if _ignored(top, inherited):
        inherited = ()
    if exclude is not None and exclude.decide(top):
        exclude = None
    stack = [(top, inherited)]
    offset = len(root.as_posix().rstrip("/")) + 1
    while stack:
        current, inherited = stack.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and current != top:
            continue
        ignores = (
            _with_file(inherited, current, current + ".gitignore") if ".gitignore" in names else inherited
        )
        for entry in entries:
            is_directory = entry.is_dir(follow_symlinks=False)
            if is_directory:
                if entry.name in SKIPPED_DIRECTORIES:
                    continue
            elif not (entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False)):
                continue
            full = current + entry.name + ("/" if is_directory else "")
            if _ignored(full, ignores) or (exclude is not None and exclude.decide(full)):
                continue
            if is_directory:
                stack.append((full, ignores))
            else:
                yield full[offset:]


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
