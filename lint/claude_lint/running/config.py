"""What a project says about linting: `[tool.otel-claude.lint]` of the nearest `pyproject.toml` that has
it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from claude_lint.dataclass import dataclass
from claude_lint.errors import LintError
from claude_lint.findings import Confidence, Severity
from claude_lint.running import selection
from otel_claude.user_table import unknown_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from claude_lint.rule import Rule


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
    extend_exclude: tuple[str, ...] = ()
    given_exclude: tuple[str, ...] = ()
    """Patterns from the command line, relative to the root that is linted."""

    force_exclude: bool = False
    """Whether what is excluded is left out even where it is named."""

    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each pattern with the selectors of the rules that are ignored in the files that it matches."""

    min_severity: Severity = Severity.INFO
    min_confidence: Confidence = Confidence.LOW
    baseline: str | None = None
    """The path of the baseline, relative to `directory`."""

    rules: tuple[str, ...] = ()
    """Paths of modules with rules of the project's own, relative to `directory`."""

    def overridden(
        self,
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        extend_select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        extend_exclude: Sequence[str] = (),
        force_exclude: bool = False,
        min_severity: Severity | None = None,
        min_confidence: Confidence | None = None,
    ) -> Config:
        """This with the command line's options on top.

        A `select` there sets aside this one's `select`, `extend_select` and `ignore`, an `exclude` this one's
        `exclude`; the others add, and a threshold replaces.
        """
        config = replace(self, select=tuple(select), ignore=(), extend_select=()) if select else self
        return replace(
            config,
            ignore=(*config.ignore, *ignore),
            extend_select=(*config.extend_select, *extend_select),
            exclude=() if exclude else config.exclude,
            given_exclude=(*exclude, *extend_exclude),
            force_exclude=force_exclude or config.force_exclude,
            min_severity=min_severity or config.min_severity,
            min_confidence=min_confidence or config.min_confidence,
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
    tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        document: Any = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LintError(f"{file}: {error}") from error
    unknown = unknown_table(document)
    if unknown:
        raise LintError(f"{file}: {unknown}")
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
        if key not in KEYS:
            from difflib import get_close_matches

            near = get_close_matches(key, KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(KEYS)}"
            raise LintError(f"{file}: [{TABLE}]: unknown key {key!r}; {hint}")
        values[key.replace("-", "_")] = KEYS[key].read(value, f"{file}: [{TABLE}]: {key}")
    return Config(directory=file.parent, source=f"{file}: [{TABLE}]", **values)


def _strings(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise LintError(f"{where} must be a list of strings")
    return tuple(value)


def _string_lists(value: object, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise LintError(f"{where} must be a table of patterns, each with a list of rules")
    return tuple((pattern, _strings(codes, f"{where}.{pattern!r}")) for pattern, codes in value.items())


def _boolean(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise LintError(f"{where} must be true or false")
    return value


def _string(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise LintError(f"{where} must be a string")
    return value


def _severity(value: object, where: str) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        raise LintError(f"{where} must be one of {', '.join(each.value for each in Severity)}") from None


def _confidence(value: object, where: str) -> Confidence:
    try:
        return Confidence(value)
    except ValueError:
        raise LintError(f"{where} must be one of {', '.join(each.value for each in Confidence)}") from None


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the table: how it is read, and what the reference says of it, in Markdown."""

    read: Callable[[object, str], object]
    type: str
    default: str
    meaning: str


KEYS: Final[dict[str, Key]] = {
    "select": Key(
        _strings,
        "list of rules",
        "the rules that are on by default",
        "The rules to run: codes, prefixes of codes (`CL1`), names, or `ALL`.",
    ),
    "ignore": Key(
        _strings,
        "list of rules",
        "`[]`",
        "Rules not to run. Of several that mean a rule, the more specific selector decides.",
    ),
    "extend-select": Key(_strings, "list of rules", "`[]`", "Rules to run besides."),
    "exclude": Key(
        _strings,
        "list of patterns",
        "`[]`",
        "What not to lint below a directory, as `.gitignore` writes it, relative to this file. Virtual environments, "
        "build directories and what git ignores are left out anyway.",
    ),
    "extend-exclude": Key(
        _strings, "list of patterns", "`[]`", "The same; `--exclude` does not replace these."
    ),
    "force-exclude": Key(
        _boolean,
        "boolean",
        "`false`",
        "Leave out what is excluded even where it is named on the command line, as hooks do.",
    ),
    "per-file-ignores": Key(
        _string_lists,
        "table of patterns, each with a list of rules",
        "`{}`",
        "Rules to ignore in some files. A finding counts in the file to mend and in the file of the call.",
    ),
    "min-severity": Key(
        _severity, "`error`, `warning` or `info`", "`info`", "Report findings of this severity and above."
    ),
    "min-confidence": Key(
        _confidence, "`high`, `medium` or `low`", "`low`", "Report findings that are at least this sure."
    ),
    "baseline": Key(_string, "path", "none", "The baseline, relative to this file."),
    "rules": Key(
        _strings,
        "list of paths",
        "`[]`",
        "Python files with rules of your own, relative to this file. They are run only with `--allow-local-rules`.",
    ),
}
"""Every key of the table. The reference in the documentation is made from it."""
