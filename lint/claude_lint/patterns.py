"""Patterns of paths, as `.gitignore` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Patterns:
    """Patterns that are relative to `directory`; they match nothing outside it."""

    def __init__(self, patterns: Iterable[str], directory: Path) -> None:
        self._spec = GitIgnoreSpec.from_lines(patterns)
        self._base = directory.as_posix().rstrip("/") + "/"

    def decide(self, path: str) -> bool | None:
        """Whether the absolute `path`, with `/` at the end of a directory's, matches; `None` if no pattern
        says.
        """
        return self._spec.check_file(path[len(self._base) :]).include if path.startswith(self._base) else None

    def match(self, path: Path) -> bool:
        """Whether the absolute `path` of a file, or a directory that holds it, matches."""
        return bool(self.decide(path.as_posix()))
