"""Patterns of paths, as `.gitignore` writes them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from claude_lint.reading.files import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pathspec import GitIgnoreSpec


class Patterns:
    """Patterns that are relative to `directory`; they match nothing outside it."""

    def __init__(self, patterns: Iterable[str], directory: Path) -> None:
        self._patterns = tuple(patterns)
        self._base = directory.as_posix().rstrip("/") + "/"

    @cached_property
    def key(self) -> str:
        """Stands for the patterns and their directory: equal keys decide equally."""
        return digest_of("\n".join((self._base, *self._patterns)).encode(errors="surrogateescape"))

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self._patterns)

    def decide(self, path: str) -> bool | None:
        """Whether the absolute `path`, with `/` at the end of a directory's, matches; `None` if no pattern
        says.
        """
        return self._spec.check_file(path[len(self._base) :]).include if path.startswith(self._base) else None

    def match(self, path: Path) -> bool:
        """Whether the absolute `path` of a file, or a directory that holds it, matches."""
        return bool(self.decide(path.as_posix()))


class Exclusion:
    """Several sets of patterns: what one of them matches is left out."""

    def __init__(self, *each: Patterns) -> None:
        self._each = each

    @property
    def key(self) -> str:
        """Stands for all of them: equal keys leave out the same."""
        return " ".join(each.key for each in self._each)

    def covers(self, path: str) -> bool:
        """Whether the absolute `path`, with `/` at the end of a directory's, is left out."""
        return any(each.decide(path) for each in self._each)
