"""Rules that others write: of installed packages, and of the project that is linted.

A package offers its rules by an entry point of the group `claude_lint.rules`, which names a rule, several, or a module
that has `RULE` or `RULES`. A project names files in its configuration. To load a rule is to run its code: that of the
linted project is run only when the user says so, for linting what one does not trust must be safe.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from claude_lint.errors import LintError
from claude_lint.reading.files import digest_of
from claude_lint.rule import Rule
from claude_lint.running.selection import ENGINE_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.metadata import EntryPoint

    from claude_lint.running.config import Config

GROUP: Final = "claude_lint.rules"
_CODE: Final = r"[A-Z]{2,}\d{3}"
_NAME: Final = r"[a-z][a-z0-9]*(-[a-z0-9]+)+"


def installed_rules() -> tuple[Rule, ...]:
    """The rules that installed packages offer. Raises `LintError` for an entry point that cannot be loaded.

    What lies in the current directory is not installed, also where Python would import from there.
    """
    rules: list[Rule] = []
    for point, package in _entry_points():
        where = f"the entry point {point.name!r} of {package}"
        try:
            offered = point.load()
        except (Exception, SystemExit) as error:
            raise LintError(f"{where} cannot be loaded: {_said(error)}; --isolated does without") from error
        rules += _rules(offered, where)
    return tuple(rules)


def _entry_points() -> Iterator[tuple[EntryPoint, str]]:
    """The entry points of our group, each with its package; of a package that is there twice, the first."""
    here = Path.cwd()
    folders = [Path(folder) for folder in dict.fromkeys(sys.path) if folder and Path(folder) != here]
    files = [
        file for folder in folders for file in folder.glob("*.*-info/entry_points.txt") if _names_group(file)
    ]
    if not files:
        return
    # Most often there are none, and to import this takes longer than a small lint.
    from importlib.metadata import Distribution

    seen: set[str] = set()
    for file in files:
        distribution = Distribution.at(file.parent)
        name = distribution.metadata["Name"]
        if name not in seen:
            seen.add(name)
            yield from ((point, name) for point in distribution.entry_points.select(group=GROUP))


def _names_group(file: Path) -> bool:
    try:
        return f"[{GROUP}]".encode() in file.read_bytes()
    except OSError:
        return False


def local_rules(config: Config, *, allowed: bool) -> tuple[Rule, ...]:
    """The rules in the files that the configuration names. Raises `LintError` where they may not be run or cannot."""
    rules: list[Rule] = []
    for name in config.rules:
        file = (config.directory or Path.cwd()) / name
        if not allowed:
            raise LintError(
                f"{config.source}: rules: {name} is code of the linted project; "
                "run it with --allow-local-rules, or do without with --isolated"
            )
        rules += _rules(_module(file), str(file))
    return tuple(rules)


def together(own: Sequence[Rule], others: Iterable[Rule]) -> tuple[Rule, ...]:
    """All rules in the order of their codes. Raises `LintError` for a code or name that is taken or not well formed."""
    taken = {rule.code: rule for rule in own} | {rule.name: rule for rule in own}
    rules = list(own)
    for rule in others:
        if re.fullmatch(_CODE, rule.code) is None or re.fullmatch(_NAME, rule.name) is None:
            raise LintError(
                f"rule {rule.code} {rule.name}: a code is capitals and three digits (ACME101), a name small words "
                "with hyphens (no-big-prompts)"
            )
        if rule.code.startswith("CL") and rule.code[2:].isdigit():
            raise LintError(
                f"rule {rule.code} {rule.name}: codes that begin with CL are ours; use a prefix of your own"
            )
        for key in (rule.code, rule.name):
            if key in taken or key in ENGINE_CODES.values():
                raise LintError(f"rule {rule.code} {rule.name}: there is another rule {key}")
            taken[key] = rule
        rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def digest(rules: Iterable[Rule]) -> str:
    """Stands for the code of these rules: the Python files of the directories that their modules are in."""
    folders = set()
    for rule in rules:
        file = getattr(sys.modules.get(rule.check.__module__), "__file__", None)
        if file:
            folders.add(Path(file).parent)
    parts = []
    for folder in sorted(folders):
        for file in sorted(folder.glob("*.py")):
            status = file.stat()
            parts.append(f"{file}:{status.st_mtime_ns}:{status.st_size}")
    return digest_of("\0".join(parts).encode(errors="surrogateescape"))


def _module(file: Path) -> ModuleType:
    if not file.is_file():
        raise LintError(f"{file}: no such file, but the configuration names it under `rules`")
    spec = util.spec_from_file_location(f"claude_lint_local_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise LintError(f"{file}: not a Python file, but the configuration names it under `rules`")
    module = sys.modules[spec.name] = util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise LintError(f"{file}: cannot be loaded: {_said(error)}") from error
    finally:
        sys.dont_write_bytecode = writes
    return module


def _rules(offered: object, where: str) -> list[Rule]:
    if isinstance(offered, ModuleType):
        offered = getattr(offered, "RULES", None) or getattr(offered, "RULE", None)
    found = [offered] if isinstance(offered, Rule) else offered
    if isinstance(found, Iterable):
        rules = list(found)
        if rules and all(isinstance(rule, Rule) for rule in rules):
            return rules
    raise LintError(f"{where} has no rules: RULE or RULES, made with claude_lint.rule.Rule")


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
