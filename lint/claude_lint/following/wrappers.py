"""Functions that lead to a Claude call, so that files which only call them can be found and followed too."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

PROGRAMS: Final = frozenset({"main", "cli", "setup", "setUp"})
"""Functions that start a program or a test: no other file calls them."""


_WORD: Final = re.compile(rb"\w+")
_IMPORT: Final = re.compile(rb"\b((?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?:\([^)]*\)|[^\n(]*))")
_STAR: Final = re.compile(rb"import[ \t]+\*")


class Words:
    """The words of the text of a file, and those among its imports. A notebook is read as it is on disk."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __contains__(self, word: str) -> bool:
        needle = word.encode()
        return needle in self._data and re.search(rb"\b%s\b" % re.escape(needle), self._data) is not None

    @cached_property
    def imported(self) -> frozenset[str]:
        found = (word for text in _IMPORT.findall(self._data) for word in _WORD.findall(text))
        return frozenset(word.decode(errors="replace") for word in found)

    @cached_property
    def star(self) -> bool:
        """Whether the file imports everything from some module."""
        return _STAR.search(self._data) is not None

    def has_dotted(self, package: str, name: str) -> bool:
        """Whether `package.name` stands in the text."""
        return f"{package}.{name}".encode() in self._data


@dataclass(frozen=True, slots=True, order=True)
class Wrapper:
    """A function, or a method of the class `owner`, of the file `path` that leads to a Claude call."""

    path: str
    name: str
    owner: str = ""

    def mentioned(self, words: Words) -> bool:
        """Whether another file has the words that a call of the wrapper takes: its name, and an import that names
        its module, its class or the function itself, or the package around it where a package stands for its parts.
        """
        if self.name not in words:
            return False
        stem = posixpath.splitext(self.path)[0].removesuffix("/__init__")
        target, module = self.owner or self.name, posixpath.basename(stem)
        if module in words.imported or target in words.imported:
            return True
        package = posixpath.basename(posixpath.dirname(stem))
        if package not in words.imported:
            return False
        return words.star or any(words.has_dotted(package, part) for part in (module, target))


def wrapper_of(path: str, names: tuple[str, ...]) -> Wrapper | None:
    """The wrapper that the function with the qualified `names` is, or `None` when no other file can call it."""
    name, owner = names[-1], names[-2] if len(names) > 1 else ""
    if name in {"__init__", "__call__"}:
        name, owner = owner, ""
    private = name.startswith("__") or (name.startswith("_") and not owner)
    if not name or private or name in PROGRAMS or name.startswith("test_") or not path.endswith(".py"):
        return None
    return Wrapper(path, name, owner)
