"""The tables that a user writes for us: `[tool.otel-claude.…]` of a pyproject.toml, or a TOML file of its own.

A *table* is that of the nearest pyproject.toml that has one, up to the top of the repository, or, where its
environment variable names a file, that file. One that is no pyproject.toml can have the keys at its top level.

A user's mistake raises the table's own error. Its message names the file, the key and what to write instead.
"""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from importlib import import_module
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HOME: Final = "tool.otel-claude"
TABLES: Final = ("budgets", "lint", "rates")
"""The tables that a project can have below `HOME`."""


_SAYS_SOMETHING: Final = rb"""otel-claude["']?\s*(?:\]|=\s*\{|\.(?!\s*["']?lint["']?\s*[\].=]))"""
"""What is in a pyproject.toml that has a table of ours other than the linter's, which reads its own. To parse one takes
longer than most modules of ours take to import."""


def unknown_table(document: object, own: str | None = None) -> str:
    """What to say of a table below `HOME` that means nothing; empty without one.

    Where several read the same document, each names its `own` table: one of them says it, and the others go on. It is
    the one whose table is meant, as it seems; else the first.
    """
    for key in HOME.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    for name in document if isinstance(document, dict) else ():
        if name not in TABLES:
            near = _nearest(name, TABLES)
            if own is not None and own != (near or TABLES[0]):
                continue
            hint = f"did you mean [{HOME}.{near}]?" if near else f"the tables are {', '.join(TABLES)}"
            return f"[{HOME}]: unknown table {name!r}; {hint}"
    return ""


def _nearest(name: str, known: Sequence[str]) -> str | None:
    """The one of `known` that `name` may be a slip for."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, known, 1)), None)


class Found(NamedTuple):
    """A table that was found. `where` names it in messages; `file` is absolute."""

    content: object
    file: Path
    where: str


class UserTable(NamedTuple):
    """One kind of table."""

    name: str
    """Such as `tool.otel-claude.rates`."""

    variable: str
    """The environment variable that can name a file."""

    holds: str
    """What is in such a file, in a word."""

    error: type[ValueError]

    def configured(self) -> Found | None:
        """The table of the user who works in the current directory, or `None` where there is none."""
        named = os.environ.get(self.variable, "").strip()
        if named:
            return self.load(Path(named))
        try:
            directory = Path.cwd()
        except OSError:  # it was removed
            return None
        for folder in (directory, *directory.parents):
            file = folder / "pyproject.toml"
            if file.is_file() and (content := self._of_project(file)) is not None:
                return Found(content, file, f"{file}: [{self.name}]")
            if (folder / ".git").exists():
                break
        return None

    def load(self, path: Path) -> Found:
        """The table in the file at `path`."""
        try:
            file = Path.cwd() / path.expanduser()
            content = file.read_bytes()
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise self.error(
                f"{path}: cannot be read: {reason}; {self.variable} names a file of {self.holds}"
            ) from None
        document = self._parsed(content, file)
        if "tool" not in document:
            return Found(document, file, str(file))
        table = self._table_of(document)
        if table is None:
            raise self.error(f"{file}: has no [{self.name}]")
        return Found(table, file, f"{file}: [{self.name}]")

    def keys(self, value: object, known: Iterable[str] | None, where: str) -> Mapping[str, Any]:
        """`value` as a table whose keys are all among `known`, if that is given."""
        if not isinstance(value, dict):
            raise self.error(f"{where}: must be a table")
        if known is not None:
            for key in value:
                if key not in known:
                    near = _nearest(key, known := tuple(known))
                    hint = f"did you mean {near!r}?" if near else f"the keys are {', '.join(known)}"
                    raise self.error(f"{where}: unknown key {key!r}; {hint}")
        return value

    def number(
        self, table: Mapping[str, Any], key: str, where: str, most: float = sys.float_info.max
    ) -> float | None:
        """The number of 0 or more, and of `most` at most, under `key`, or `None`."""
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(f"{where}: {key}: {value!r} is no number")
        try:
            number = float(value)
        except OverflowError:  # an integer beyond all that a float can be
            number = inf
        if not 0 <= number <= most:
            said = value if isfinite(number) else number
            up_to = "" if most == sys.float_info.max else f", up to {most:,.0f}"
            raise self.error(f"{where}: {key}: {said} cannot be; give a number of 0 or more{up_to}")
        return number

    def _of_project(self, file: Path) -> object:
        """The table of a pyproject.toml, or `None`. One that says nothing to us is not even parsed."""
        try:
            content = file.read_bytes()
        except OSError as error:
            raise self.error(f"{file}: cannot be read: {error.strerror}") from None
        if b"otel-claude" not in content or not re.search(_SAYS_SOMETHING, content):
            return None
        document = self._parsed(content, file)
        unknown = unknown_table(document, self.name.rpartition(".")[2])
        if unknown:
            raise self.error(f"{file}: {unknown}")
        return self._table_of(document)

    def _parsed(self, content: bytes, file: Path) -> dict[str, Any]:
        try:
            return _document(content)
        except (ValueError, RecursionError) as error:
            raise self.error(f"{file}: {error}") from None

    def _table_of(self, document: Mapping[str, Any]) -> object:
        found: Any = document
        for key in self.name.split("."):
            if not isinstance(found, dict) or key not in found:
                return None
            found = found[key]
        return found


@lru_cache(maxsize=1)
def _document(content: bytes) -> dict[str, Any]:
    """What TOML says. The last is kept, as each kind of table is looked for in the same file; nobody changes it."""
    toml: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    document: dict[str, Any] = toml.loads(content.decode("utf-8"))
    return document
