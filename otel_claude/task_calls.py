"""Tells each task of its calls, as an audit of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_claude.attribution.tasks import CallEvent, Task
from otel_claude.audit import NO_EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AttributeValue

    from otel_claude.audit import CallOutcome, CallStart


class TaskCalls:
    """Watches the calls that are made in a task of this process."""

    def begin(self, start: CallStart) -> InTask | None:
        """A watch over a call in a task."""
        run = None if start.attribution is None else start.attribution.task
        if not isinstance(run, Task):
            return None
        model = start.body.get("model")
        run.note(CallEvent("began", model if isinstance(model, str) else None))
        return InTask(run)


class InTask:
    """Waits for the outcome of one call in a task."""

    events = NO_EVENTS

    def __init__(self, run: Task) -> None:
        self._run = run

    def settle(self, outcome: CallOutcome) -> None:
        """Tells the task."""
        cost, usage = outcome.cost, outcome.usage
        self._run.note(
            CallEvent(
                "settled",
                outcome.model,
                is_failed=outcome.error_type is not None,
                is_billed=cost is not None,
                cost_usd=None if cost is None else cost.amount,
                tokens=() if usage is None else usage.by_kind(),
            )
        )

    def attributes(self, outcome: CallOutcome) -> Mapping[str, AttributeValue]:  # noqa: ARG002
        """None: the call's span has the task already."""
        return {}
