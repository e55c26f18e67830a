"""What a rule is: metadata, examples and one function from a request to findings.

A rule is one module of `claude_rules` that defines `RULE = Rule(...)`. The module's docstring is the rule's page. Its
examples are the rule's tests: the suite is generated from them, so a rule without examples cannot exist.
"""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING

from claude_lint.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from claude_lint.findings import Confidence, Finding, Severity
    from claude_lint.request import Request, Way


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may depend on besides the request. `as_of` is the date for rules that depend on one."""

    as_of: date


@dataclass(frozen=True, slots=True)
class Invalid:
    """Code in which the rule finds something: on `line`, with `chain` the lines of its chain where they matter."""

    code: str
    line: int
    chain: tuple[int, ...] | None = None
    message: str | None = None
    """A part of the message, where it matters."""

    fixed: str | None = None
    """The code after the rule's fix, for a rule that has one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `check` reads the request only, and yields what is wrong with it."""

    code: str
    name: str
    summary: str
    """One line: what the rule finds."""

    severity: Severity
    confidence: Confidence
    check: Callable[[Request, Context], Iterable[Finding]]
    valid: tuple[str, ...]
    invalid: tuple[Invalid, ...]
    docs: str = ""
    """The rule's page: the docstring of its module."""

    default: bool = True
    """Whether the rule is on when nothing is selected."""

    ways: frozenset[Way] = frozenset({"sdk"})
    """Which requests are checked: what a rule knows of the SDK need not hold on other ways to Claude."""


class ListedRule(Rule):
    """A rule whose `module` is imported when something else is asked of it than what is given here."""

    __slots__ = ("module",)
    module: str

    def __init__(self, code: str, name: str, module: str, *, default: bool = True) -> None:
        _fill(self, code=code, name=name, module=module, default=default)

    def __getattr__(self, name: str) -> object:
        rule = import_module(self.module).RULE
        _fill(self, **{field.name: getattr(rule, field.name) for field in fields(rule)})
        return getattr(rule, name)


def _fill(rule: Rule, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(rule, name, value)
