"""What a project says about linting: `[tool.otel-claude.lint]` of the nearest `pyproject.toml` that has
it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from claude_lint import selection
from claude_lint.errors import LintError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from claude_lint.rule import Rule

tomllib: Final = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

TABLE: Final = "tool.otel-claude.lint"


@dataclass(frozen=True, slots=True)
class Config:
    """What to lint and which rules to run. Patterns are gitignore patterns, relative to `directory`."""

    directory: Path | None = None
    """The directory of the file that this comes from, or `None` for the root that is linted."""

    source: str = "the command line"
    """Where the selectors were given, for messages."""

    select: tuple[str, ...] | None = None
    """Selectors of the rules to run; `None` for those on by default."""

    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each pattern with the selectors of the rules that are ignored in the files that it matches."""

    def overridden(
        self,
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        extend_select: Sequence[str] = (),
        exclude: Sequence[str] = (),
    ) -> Config:
        """This with the command line's options on top.

        A `select` there sets aside this one's `select`, `extend_select` and `ignore`; the others add.
        """
        config = replace(self, select=tuple(select), ignore=(), extend_select=()) if select else self
        return replace(
            config,
            ignore=(*config.ignore, *ignore),
            extend_select=(*config.extend_select, *extend_select),
            exclude=(*config.exclude, *exclude),
        )

    def check(self, rules: Iterable[Rule]) -> None:
        """Raises `LintError` for a selector that means none of `rules`."""
        known = tuple(rules)
        for key, selectors in (
            ("select", self.select or ()),
            ("ignore", self.ignore),
            ("extend-select", self.extend_select),
            *((f"per-file-ignores.{pattern!r}", codes) for pattern, codes in self.per_file_ignores),
        ):
            selection.check(selectors, known, f"{self.source}: {key}")


def load(directory: Path) -> Config:
    """The configuration in force in `directory`: of its own `pyproject.toml` or the nearest above that has
    our table.

    The search ends at the top of the repository. Raises `LintError` for a file that cannot be read or parsed
    and for a key or type that is not known.
    """
    for candidate in (directory, *directory.parents):
        file = candidate / "pyproject.toml"
        if file.is_file():
            table = _table(file)
            if table is not None:
                return _config(table, file)
        if (candidate / ".git").exists():
            break
    return Config()


def _table(file: Path) -> object:
    try:
        document: Any = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LintError(f"{file}: {error}") from error
    for key in TABLE.split("."):
        if not isinstance(document, dict) or key not in document:
            return None
        document = document[key]
    found: object = document
    return found


def _config(table: object, file: Path) -> Config:
    if not isinstance(table, dict):
        raise LintError(f"{file}: [{TABLE}] must be a table")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(_KEYS)}"
            raise LintError(f"{file}: [{TABLE}]: unknown key {key!r}; {hint}")
        values[key.replace("-", "_")] = _KEYS[key](value, f"{file}: [{TABLE}]: {key}")
    return Config(directory=file.parent, source=f"{file}: [{TABLE}]", **values)


def _strings(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise LintError(f"{where} must be a list of strings")
    return tuple(value)


def _string_lists(value: object, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise LintError(f"{where} must be a table of patterns, each with a list of rules")
    return tuple((pattern, _strings(codes, f"{where}.{pattern!r}")) for pattern, codes in value.items())


_KEYS: Final[dict[str, Callable[[object, str], object]]] = {
    "select": _strings,
    "ignore": _strings,
    "extend-select": _strings,
    "exclude": _strings,
    "per-file-ignores": _string_lists,
}
