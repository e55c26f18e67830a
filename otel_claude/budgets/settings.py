"""Where a user sets budgets: `[tool.otel-claude.budgets]`, or the file that OTEL_CLAUDE_BUDGETS names.

A mistake raises `BudgetsError`; who must not raise goes on without budgets. What a table says is read by `table`, which
is imported where there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_claude.user_table import UserTable

if TYPE_CHECKING:
    from pathlib import Path

    from otel_claude.budgets.limits import Budgets
    from otel_claude.user_table import Found

VARIABLE: Final = "OTEL_CLAUDE_BUDGETS"
TABLE: Final = "tool.otel-claude.budgets"


class BudgetsError(ValueError):
    """A table of budgets cannot be used. The message names the file, the key and what to write instead."""


USER_TABLE: Final = UserTable(TABLE, VARIABLE, "budgets", BudgetsError)


def configured() -> Budgets | None:
    """The budgets of the user who works in the current directory, or `None` where none are set.

    Raises `BudgetsError`.
    """
    found = USER_TABLE.configured()
    return None if found is None else _budgets(found)


def load(path: Path) -> Budgets:
    """The budgets that the file at `path` sets. Raises `BudgetsError`."""
    return _budgets(USER_TABLE.load(path))


def _budgets(found: Found) -> Budgets:
    from otel_claude.budgets.table import budgets

    return budgets(found)
