"""Schedules: how long it is from one run of a function to the next, where its file says so.

A schedule is a decorator of the function, or a call that gives the function to a scheduler.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.following.segments import written
from claude_lint.modelling.turns import name_of
from claude_lint.reading.outline import last_name
from claude_lint.request import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_lint.reading.outline import Outline

UNITS: Final = {"seconds": 1.0, "minutes": 60.0, "hours": 3_600.0, "days": 86_400.0, "weeks": 604_800.0}
"""Seconds in each unit that the keywords and attributes of schedulers are named by."""

SCHEDULING: Final = frozenset(
    {"scheduled_job", "repeat_every", "loop", "periodic_task", "add_job", "run_repeating"}
)
"""Calls that run a function again and again. Sources: the documentation of APScheduler, fastapi-utils, discord.py,
huey and python-telegram-bot.
"""

GIVEN: Final = frozenset({"add_job", "run_repeating", "do"})
"""Those of them that are given the function."""

INTERVALS: Final = frozenset({"IntervalTrigger", "timedelta", "interval"})
CRONS: Final = frozenset({"CronTrigger", "crontab"})
_STEP: Final = r"\*/(\d+)"


def schedule_of(
    function: cst.FunctionDef,
    outline: Outline,
    numbers: Callable[[cst.BaseExpression], tuple[float, ...] | None],
) -> Schedule | None:
    """The schedule of a function, if its file has one and says how long it takes from run to run."""
    name = function.name.value
    made = [one.decorator for one in function.decorators if isinstance(one.decorator, cst.Call)]
    made += [
        call
        for call in outline.calls
        if last_name(call.func) in GIVEN and any(name_of(arg.value) == name for arg in call.args)
    ]
    for call in made:
        seconds = _seconds(call, numbers)
        if seconds:
            return Schedule(outline.source.place(call), seconds)
    return None


def _seconds(call: cst.Call, numbers: Callable[[cst.BaseExpression], tuple[float, ...] | None]) -> float:
    """Seconds between the runs that a call makes; 0 where it makes none, or where that cannot be told."""
    name = last_name(call.func)
    if name == "do" and isinstance(call.func, cst.Attribute):
        return _every(call.func.value, numbers)
    if name not in SCHEDULING:
        return 0.0
    inner = [arg.value for arg in call.args if isinstance(arg.value, cst.Call)]
    cron = next((one for one in inner if last_name(one.func) in CRONS), None)
    if cron is not None:
        return _cron(cron)
    if any(isinstance(arg.value, cst.SimpleString) and written(arg.value) == "cron" for arg in call.args):
        return _cron(call)
    interval = next((one for one in inner if last_name(one.func) in INTERVALS), call)
    seconds = 0.0
    for arg in interval.args:
        unit = UNITS.get(arg.keyword.value) if arg.keyword else None
        if arg.keyword and arg.keyword.value == "interval":
            unit = 1.0
        found = numbers(arg.value) if unit is not None else ()
        if found is None:
            return 0.0
        seconds += min(found) * (unit or 0.0) if found else 0.0
    return seconds


def _every(
    node: cst.BaseExpression, numbers: Callable[[cst.BaseExpression], tuple[float, ...] | None]
) -> float:
    """Seconds of `schedule.every(45).minutes`."""
    unit = 0.0
    while not isinstance(node, cst.Call):
        if not isinstance(node, cst.Attribute):
            return 0.0
        word = node.attr.value
        unit = unit or UNITS.get(word if word.endswith("s") else f"{word}s", 0.0)
        node = node.value
    if last_name(node.func) == "at":
        return _every(node.func.value, numbers) if isinstance(node.func, cst.Attribute) else 0.0
    if last_name(node.func) != "every":
        return 0.0
    found = numbers(node.args[0].value) if node.args else (1.0,)
    return min(found) * unit if found else 0.0


def _cron(call: cst.Call) -> float:
    """Seconds between the times of a cron that are the same distance apart; 0 for any other."""
    fields = {arg.keyword.value: _written(arg.value) for arg in call.args if arg.keyword}
    for unit, name in ((60.0, "minute"), (3_600.0, "hour")):
        text = fields.get(name)
        if text is None:
            continue
        step = re.fullmatch(_STEP, text)
        if step is not None:
            return float(step[1]) * unit
        if not text.isdigit():
            return 0.0
    if "minute" in fields and fields.get("hour", "*") == "*":
        return UNITS["hours"]
    return UNITS["days"] if fields.get("hour") else 0.0


def _written(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.SimpleString):
        return str(written(node))
    return node.value if isinstance(node, cst.Integer) else "?"
