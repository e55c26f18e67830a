"""What a branch changed: the lines added or changed since it left another, and where lines were taken away.

The *base* is the merge base of a reference with HEAD; it is compared with the working tree, so that what is
not yet committed counts, and untracked files count as added. A place is *touched* when it has an added or
changed line, or when lines inside it were removed. A notebook's cell is touched when no cell of the base has
the same source.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from claude_lint.dataclass import dataclass
from claude_lint.errors import LintError
from claude_lint.reading.sourcelines import notebook_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from claude_lint.findings import Finding, Place

_GIT: Final = ("git", "--no-pager", "-c", "core.quotepath=off", "-c", "core.fsmonitor=false")
_DIFF: Final = (
    "diff", "--unified=0", "--inter-hunk-context=0", "--find-renames", "--no-color", "--no-ext-diff",
    "--no-textconv", "--no-relative", "--text", "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_HUNK: Final = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed in one file."""

    lines: tuple[tuple[int, int], ...] = ()
    """First and last line of each run of added or changed lines."""

    gaps: tuple[int, ...] = ()
    """The lines after which lines were removed; 0 is the start of the file."""

    cells: frozenset[int] = frozenset()
    """The indices of a notebook's cells that are new or changed."""

    whole: bool = False
    """Whether the file is new."""

    def touches(self, place: Place) -> bool:
        """Whether the change touches `place`, which is in this file."""
        if self.whole:
            return True
        if place.cell is not None:
            return place.cell in self.cells
        first, last = place.line, max(place.line, place.end_line)
        return any(start <= last and first <= end for start, end in self.lines) or any(
            first <= gap < last for gap in self.gaps
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, by path relative to the root that is linted."""

    files: Mapping[str, Changed] = field(default_factory=dict)
    base: str = ""
    """The commit that the working tree is compared with."""

    def touch(self, finding: Finding) -> bool:
        """Whether they touch the finding's place, one of its calls or a link of its chain."""
        places = (finding.place, *finding.calls, *(step.place for step in finding.chain))
        return any(place.path in self.files and self.files[place.path].touches(place) for place in places)


def changes_since(ref: str, root: Path) -> Changes:
    """What the working tree that holds `root` changed since the merge base of `ref` with HEAD.

    Raises `LintError` when git is missing, `root` is in no repository, or `ref` is not known or shares no
    history.
    """
    top = Path(os.fsdecode(git(root, "rev-parse", "--show-toplevel").removesuffix(b"\n"))).resolve()
    try:
        commit = (
            git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}")
            .decode()
            .strip()
        )
    except LintError:
        raise LintError(
            f"{ref}: no such commit or branch in {top}; fetch it first, as in `git fetch origin`"
        ) from None
    try:
        base = git(top, "merge-base", commit, "HEAD").decode().strip()
    except LintError:
        raise LintError(
            f"{ref}: no history in common with HEAD; a shallow clone needs more, as by `git fetch --unshallow`"
        ) from None
    files: dict[str, Changed] = {}
    for old, new, changed in _parsed(git(top, *_DIFF, base, "--")):
        path = below(root, top, new)
        if path is None:
            continue
        if path.endswith(".ipynb") and not changed.whole:
            before = git(top, "cat-file", "blob", f"{base}:{old}")
            files[path] = Changed(cells=_changed_cells(before, root / path))
        else:
            files[path] = changed
    for name in git(top, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0"):
        path = below(root, top, os.fsdecode(name)) if name else None
        if path is not None:
            files[path] = Changed(whole=True)
    return Changes(files, base)


def is_ancestor(commit: str, root: Path) -> bool:
    """Whether `commit` is one that HEAD of the repository which holds `root` came from, or HEAD itself."""
    try:
        git(root, "merge-base", "--is-ancestor", "--end-of-options", commit, "HEAD")
    except LintError:
        return False
    return True


def git(directory: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What git prints when it reads `given`. Its environment keeps nothing that would point it elsewhere or make it
    run a program. Raises `LintError`.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
    }
    environment.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and no argument that it could take for an option
            (*_GIT, *arguments),
            cwd=directory,
            env=environment,
            input=given,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise LintError(f"git cannot be run: {error.strerror}; --diff-base needs it") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise LintError(
            f"{directory}: {said or f'git {arguments[0]} failed'}; --diff-base needs a git repository"
        )
    return done.stdout


def below(root: Path, top: Path, name: str) -> str | None:
    """A path relative to the repository's top as one relative to the root, or `None` outside the root."""
    full = top / name
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else None


def _parsed(patch: bytes) -> Iterable[tuple[str, str, Changed]]:
    """Old path, new path and change of each file that still exists, from a patch without context lines."""
    old = new = None
    lines: list[tuple[int, int]] = []
    gaps: list[int] = []
    skip = 0
    for line in (*patch.split(b"\n"), b"diff --git"):
        if skip:
            # A hunk's own lines can look like headers. "\ No newline at end of file" is not counted among them.
            skip -= not line.startswith(b"\\")
        elif line.startswith(b"diff --git"):
            if new is not None:
                yield old or new, new, Changed(tuple(lines), tuple(gaps), whole=old is None)
            old = new = None
            lines, gaps = [], []
        elif line.startswith(b"--- "):
            old = _name(line[4:])
        elif line.startswith(b"+++ "):
            new = _name(line[4:])
        elif (hunk := _HUNK.match(line)) is not None:
            removed, start, added = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            if added:
                lines.append((start, start + added - 1))
            else:
                gaps.append(start)
            skip = removed + added


def _name(field: bytes) -> str | None:
    """The path in a `---` or `+++` header, or `None` for /dev/null."""
    field = field.removesuffix(b"\t")
    if field == b"/dev/null":
        return None
    if field.startswith(b'"'):
        quoted = field.removeprefix(b'"').removesuffix(b'"')
        field = quoted.decode("latin-1").encode("latin-1").decode("unicode_escape").encode("latin-1")
    return os.fsdecode(field[2:])


def _changed_cells(before: bytes, file: Path) -> frozenset[int]:
    known = set(notebook_cells(before).values())
    try:
        after = notebook_cells(file.read_bytes())
    except OSError:
        return frozenset()
    return frozenset(index for index, source in after.items() if source not in known)
