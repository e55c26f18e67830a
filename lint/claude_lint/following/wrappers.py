"""Functions that lead to a Claude call, so that files which only call them can be found and followed too."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from typing import Final

from claude_lint.dataclass import dataclass

PROGRAMS: Final = frozenset({"main", "cli", "setup", "setUp"})
"""Functions that start a program or a test: no other file calls them."""


_WORD: Final = r"(?a)\w+"
_IMPORT: Final = rb"\b((?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?:\([^)]*\)|[^\n(]*))"
_RELATIVE: Final = r"(?s)from[ \t]+(\.+)([\w.]*)[ \t]+import\b(.*)"
_BASES: Final = rb"(?m)^[ \t]*class[ \t]+\w+[ \t]*\(([^)]*)\)"
_STAR: Final = rb"import[ \t]+\*"


class Words:
    """The words of the text of the file at `path`, and those among its imports. A notebook is read as it is on disk."""

    def __init__(self, data: bytes, path: str = "") -> None:
        self._data, self._path = data, path

    def __contains__(self, word: str) -> bool:
        return self.has(word) and re.search(rb"\b%s\b" % re.escape(word.encode()), self._data) is not None

    def has(self, text: str) -> bool:
        """Whether `text` stands anywhere, be it in a longer word."""
        return text.encode() in self._data

    @cached_property
    def imported(self) -> frozenset[str]:
        return frozenset(word for text in self._imports for word in _words(text))

    def imports_module(self, stem: str) -> bool:
        """Whether the file may import the module with a stem: one of its name, from this place where that is said."""
        name = posixpath.basename(stem)
        return name in self.imported and (name in self._absolute or stem in self._relative)

    @cached_property
    def _imports(self) -> list[str]:
        return [text.decode(errors="replace") for text in re.findall(_IMPORT, self._data)]

    @cached_property
    def _absolute(self) -> frozenset[str]:
        return frozenset(
            word for text in self._imports if not re.match(_RELATIVE, text) for word in _words(text)
        )

    @cached_property
    def _relative(self) -> frozenset[str]:
        """The stems that relative imports may mean: the module, and each name as a module below it."""
        found: set[str] = set()
        for match in filter(None, (re.match(_RELATIVE, text) for text in self._imports)):
            directory = posixpath.dirname(self._path)
            for _ in match[1][1:]:
                directory = posixpath.dirname(directory)
            base = posixpath.join(directory, match[2].replace(".", "/")).rstrip("/")
            found |= {base, *(posixpath.join(base, word) for word in _words(match[3]))}
        return frozenset(found)

    @cached_property
    def star(self) -> bool:
        """Whether the file imports everything from some module."""
        return re.search(_STAR, self._data) is not None

    @cached_property
    def bases(self) -> frozenset[str]:
        """The words among the bases of the classes of the file."""
        found = (text.decode(errors="replace") for text in re.findall(_BASES, self._data))
        return frozenset(word for text in found for word in _words(text))

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
        """Whether another file inherits the wrapper, or has the words that a call of it takes: its name, and an import
        that names its module, its class or the function itself, or the package around it where a package stands for
        its parts.
        """
        if self.owner and words.has(self.owner) and self.owner in words.bases:
            return True
        if self.name not in words:
            return False
        stem = posixpath.splitext(self.path)[0].removesuffix("/__init__")
        target, module = self.owner or self.name, posixpath.basename(stem)
        if target in words.imported or words.imports_module(stem):
            return True
        package = posixpath.basename(posixpath.dirname(stem))
        if package not in words.imported:
            return False
        return words.star or any(words.has_dotted(package, part) for part in (module, target))


def _words(text: str) -> list[str]:
    return re.findall(_WORD, text)


def wrapper_of(path: str, names: tuple[str, ...]) -> Wrapper | None:
    """The wrapper that the function with the qualified `names` is, or `None` when no other file can call it."""
    name, owner = names[-1], names[-2] if len(names) > 1 else ""
    if name in {"__init__", "__call__"}:
        name, owner = owner, ""
    private = name.startswith("__") or (name.startswith("_") and not owner)
    if not name or private or name in PROGRAMS or name.startswith("test_") or not path.endswith(".py"):
        return None
    return Wrapper(path, name, owner)
