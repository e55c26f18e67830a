"""Every Claude call from Python as one priced OpenTelemetry span.

    import otel_claude

    otel_claude.instrument()

The names of this module are imported when they are first used, so that the linter, which needs the model facts of
this package only, does not pay for OpenTelemetry.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from otel_claude.attribution import Task as Task
    from otel_claude.attribution import current_task as current_task
    from otel_claude.attribution import feature as feature
    from otel_claude.attribution import in_context as in_context
    from otel_claude.attribution import tag as tag
    from otel_claude.attribution import task as task
    from otel_claude.budgets.limits import BudgetExceededError as BudgetExceededError
    from otel_claude.instrumentation import instrument as instrument
    from otel_claude.instrumentation import uninstrument as uninstrument

__version__ = "0.1.0"
__all__ = [
    "BudgetExceededError",
    "Task",
    "__version__",
    "current_task",
    "feature",
    "in_context",
    "instrument",
    "tag",
    "task",
    "uninstrument",
]

_HOMES: Final = {
    **dict.fromkeys(
        ("Task", "current_task", "feature", "in_context", "tag", "task"), "otel_claude.attribution"
    ),
    **dict.fromkeys(("instrument", "uninstrument"), "otel_claude.instrumentation"),
    "BudgetExceededError": "otel_claude.budgets.limits",
}
"""Each public name with the module that defines it."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
