"""Celery: the feature is the name of the task, such as `shop.tasks.summarize`.

    otel_claude.frameworks.celery.connect()

Call it where the application is made, so that each worker does.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from otel_claude.attribution.labels import feature

_NAME: Final = "otel-claude"
_RUNNING: Final = "_otel_claude_feature"
"""The attribute of a task's request that has its run. Each run of a task has a request of its own."""


def connect() -> None:
    """Has each task that a worker runs name the feature of its calls. Calling it again changes nothing."""
    from celery import signals

    signals.task_prerun.connect(_begin, weak=False, dispatch_uid=_NAME)
    signals.task_postrun.connect(_end, weak=False, dispatch_uid=_NAME)


def disconnect() -> None:
    """Takes `connect` back."""
    from celery import signals

    signals.task_prerun.disconnect(_begin, dispatch_uid=_NAME)
    signals.task_postrun.disconnect(_end, dispatch_uid=_NAME)


def _begin(task: Any = None, **_: object) -> None:
    run = _Run(feature(task.name))
    setattr(task.request, _RUNNING, run)


def _end(task: Any = None, **_: object) -> None:
    run = getattr(task.request, _RUNNING, None)
    if run is not None:
        delattr(task.request, _RUNNING)
        run.end()


class _Run:
    """A task that runs in `block`.

    Whoever else has a handler around it may put back, after us, the context in which that began: then the block is in
    the context of the worker still, and must not hold there.
    """

    def __init__(self, block: feature) -> None:
        self._block = block
        self._thread = threading.get_ident()
        self._is_over = False
        block._attach(block, self)  # noqa: SLF001 - the two are one mechanism

    def end(self) -> None:
        self._block._detach()  # noqa: SLF001
        self._is_over = True

    def holds(self) -> bool:
        """Whether the task runs; a thread that it started may run on."""
        return not self._is_over or threading.get_ident() != self._thread
