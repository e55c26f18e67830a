"""Functions that lead to a Claude call, so that files which only call them can be found and followed too."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Final

PROGRAMS: Final = frozenset({"main", "cli", "setup", "setUp"})
"""Functions that start a program or a test: no other file calls them."""


@dataclass(frozen=True, slots=True, order=True)
class Wrapper:
    """A function, or a method of the class `owner`, of the file `path` that leads to a Claude call."""

    path: str
    name: str
    owner: str = ""

    def mentioned(self, data: bytes) -> bool:
        """Whether the text of another file has the words that a call of the wrapper takes."""
        if self.name.encode() not in data:
            return False
        stem = posixpath.splitext(self.path)[0].removesuffix("/__init__")
        words = (posixpath.basename(stem), self.owner or posixpath.basename(posixpath.dirname(stem)))
        return any(word and word.encode() in data for word in words)


def wrapper_of(path: str, names: tuple[str, ...]) -> Wrapper | None:
    """The wrapper that the function with the qualified `names` is, or `None` when no other file can call it."""
    name, owner = names[-1], names[-2] if len(names) > 1 else ""
    if name in {"__init__", "__call__"}:
        name, owner = owner, ""
    private = name.startswith("__") or (name.startswith("_") and not owner)
    if not name or private or name in PROGRAMS or name.startswith("test_") or not path.endswith(".py"):
        return None
    return Wrapper(path, name, owner)
