"""Celery: the feature is the name of the task, such as `shop.tasks.summarize`.

    otel_claude.frameworks.celery.connect()

Call it where the application is made, so that each worker does.
"""

from __future__ import annotations

from typing import Any, Final

from otel_claude.attribution.labels import feature

_NAME: Final = "otel-claude"
_RUNNING: Final = "_otel_claude_feature"
"""The attribute of a task's request that has its block. Each run of a task has a request of its own."""


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
    block = feature(task.name)
    block.__enter__()
    setattr(task.request, _RUNNING, block)


def _end(task: Any = None, **_: object) -> None:
    block = getattr(task.request, _RUNNING, None)
    if block is not None:
        delattr(task.request, _RUNNING)
        block.__exit__(None, None, None)
