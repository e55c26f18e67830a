"""A board and triggers for Honeycomb, over the spans.

The names of what the API takes are Honeycomb's own (api-docs.honeycomb.io, 2026-11). A sum counts each call once: only
the client's span has a cost, and what sums tokens leaves out the spans without one, such as those that the Claude API
itself exports. The spans of tasks have sums under names of their own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from otel_claude import attributes as names

VERSION: Final = 2
"""Counts up with each change that a user would see."""

BOARD_NAME: Final = "Claude calls"
HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S

SPAN_KIND: Final = "span.kind"
"""Honeycomb's name for it: `client` of a call, `server` of what the Claude API itself exports of the same call."""

ColumnType = Literal["string", "float", "integer", "boolean"]

COLUMNS: Final[dict[str, ColumnType]] = {
    names.COST_AMOUNT: "float",
    names.COST_CACHE_SAVINGS: "float",
    names.COST_CACHE_WRITE_5M: "float",
    names.COST_CACHE_WRITE_1H: "float",
    names.COST_STATUS: "string",
    names.COST_REASON: "string",
    names.FEATURE: "string",
    names.CACHE_MISS_REASON: "string",
    names.CACHE_CHANGED_AT: "string",
    names.TASK_NAME: "string",
    names.TASK_PASSED: "boolean",
    names.TASK_COST: "float",
    names.TASK_CALLS: "integer",
    names.TASK_ATTEMPTS: "integer",
    names.REQUEST_MODEL: "string",
    names.RESPONSE_MODEL: "string",
    names.CODE_FILE_PATH: "string",
    names.CODE_FUNCTION_NAME: "string",
    names.CODE_LINE_NUMBER: "integer",
    names.INPUT_TOKENS: "integer",
    names.CACHE_READ_TOKENS: "integer",
    names.CACHE_WRITE_TOKENS: "integer",
    names.OUTPUT_TOKENS: "integer",
    names.TIME_TO_FIRST_CHUNK: "float",
    names.ERROR_TYPE: "string",
    SPAN_KIND: "string",
    "trace.trace_id": "string",
    "duration_ms": "float",
}
"""What queries name. A query for a column that no event has brought yet is refused, so missing ones are made."""

_CACHED: Final = f"COALESCE(${names.CACHE_READ_TOKENS}, 0), COALESCE(${names.CACHE_WRITE_TOKENS}, 0)"

UNCACHED: Final = "claude.uncached_input_tokens"
MS_TO_FIRST_CHUNK: Final = "claude.time_to_first_chunk_ms"
PASSED: Final = "claude.passed_tasks"

DERIVED_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    UNCACHED: (
        f"SUB(${names.INPUT_TOKENS}, SUM({_CACHED}))",
        "Input tokens that were neither read from the cache nor written to it.",
    ),
    MS_TO_FIRST_CHUNK: (
        f"MUL(${names.TIME_TO_FIRST_CHUNK}, 1000)",
        "Milliseconds to the first part of a stream's answer.",
    ),
    PASSED: (f"IF(${names.TASK_PASSED}, 1, 0)", "1 for a task that passed, else 0."),
}
"""Each with its expression and what it means."""

Calculation = dict[str, str]
Filter = dict[str, Any]

_COUNT: Final[Calculation] = {"op": "COUNT"}
_PRICED: Final[Filter] = {"column": names.COST_STATUS, "op": "exists"}
_TASK: Final[Filter] = {"column": names.TASK_CALLS, "op": "exists"}
"""The spans of tasks, which have sums of their own."""


def _calculation(op: str, column: str) -> Calculation:
    return {"op": op, "column": column}


_SPEND: Final = _calculation("SUM", names.COST_AMOUNT)


@dataclass(frozen=True, slots=True)
class Panel:
    """A query on the board: 12 columns are a row."""

    name: str
    says: str
    calculations: tuple[Calculation, ...]
    breakdowns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = (_PRICED,)
    limit: int = 100
    style: Literal["graph", "table", "combo"] = "combo"
    width: int = 6

    def query(self) -> dict[str, Any]:
        """The query, as the API takes it."""
        order = {**self.calculations[0], "order": "descending"}
        return {
            "calculations": list(self.calculations),
            "breakdowns": list(self.breakdowns),
            "filters": list(self.filters),
            "filter_combination": "AND",
            "orders": [order] if self.breakdowns else [],
            "limit": self.limit,
            "time_range": DAY_S,
        }


@dataclass(frozen=True, slots=True)
class Trigger:
    """An alert on one calculation over the last `time_range` seconds, looked at every `frequency` seconds."""

    name: str
    says: str
    calculation: Calculation
    filters: tuple[Filter, ...]
    above: float
    frequency: int
    time_range: int

    def body(self) -> dict[str, Any]:
        """The trigger, as the API takes it. Recipients are left for the user to add."""
        return {
            "name": self.name,
            "description": self.says,
            "query": {
                "calculations": [self.calculation],
                "filters": list(self.filters),
                "filter_combination": "AND",
                "time_range": self.time_range,
            },
            "threshold": {"op": ">", "value": self.above},
            "frequency": self.frequency,
            "alert_type": "on_change",
        }


PANELS: Final[tuple[Panel, ...]] = (
    Panel("Spend by feature", "USD.", (_SPEND, _COUNT), (names.FEATURE,)),
    Panel("Spend by model", "USD, by the model that answered.", (_SPEND, _COUNT), (names.RESPONSE_MODEL,)),
    Panel(
        "Spend by line of code",
        "USD, by the line that made the call.",
        (_SPEND, _COUNT, _calculation("SUM", names.COST_CACHE_SAVINGS)),
        (names.CODE_FILE_PATH, names.CODE_FUNCTION_NAME, names.CODE_LINE_NUMBER),
        style="table",
        width=12,
    ),
    Panel(
        "USD a call",
        "Half of the calls, 19 of 20, and the dearest.",
        tuple(_calculation(op, names.COST_AMOUNT) for op in ("P50", "P95", "MAX")),
        (names.FEATURE,),
    ),
    Panel(
        "Cache savings",
        "USD that caching saved against the same calls uncached. Below zero, writes were not earned back.",
        (
            _calculation("SUM", names.COST_CACHE_SAVINGS),
            _calculation("SUM", names.COST_CACHE_WRITE_5M),
            _calculation("SUM", names.COST_CACHE_WRITE_1H),
        ),
        (names.FEATURE,),
    ),
    Panel(
        "Tokens by kind",
        "Input that is not cached, cache reads, cache writes and output.",
        tuple(
            _calculation("SUM", column)
            for column in (UNCACHED, names.CACHE_READ_TOKENS, names.CACHE_WRITE_TOKENS, names.OUTPUT_TOKENS)
        ),
        style="graph",
    ),
    Panel(
        "Why the cache missed",
        "Calls that wrote what they might have read, by the reason and where the prompt changed.",
        (_COUNT, _calculation("SUM", names.CACHE_WRITE_TOKENS)),
        (names.CACHE_MISS_REASON, names.CACHE_CHANGED_AT, names.FEATURE),
        (_PRICED, {"column": names.CACHE_MISS_REASON, "op": "exists"}),
    ),
    Panel(
        "Tasks",
        "USD, how many passed and how many there were: what one that passed costs is the first over the second.",
        (
            _calculation("SUM", names.TASK_COST),
            _calculation("SUM", PASSED),
            _COUNT,
            _calculation("P95", names.TASK_COST),
        ),
        (names.TASK_NAME,),
        (_TASK,),
        style="table",
    ),
    Panel(
        "Tasks that took more than one attempt",
        "By task and number of attempts, with what they cost.",
        (_COUNT, _calculation("SUM", names.TASK_COST)),
        (names.TASK_NAME, names.TASK_ATTEMPTS),
        (_TASK, {"column": names.TASK_ATTEMPTS, "op": ">", "value": 1}),
        style="table",
    ),
    Panel(
        "Dearest traces",
        "USD in one trace.",
        (_SPEND, _COUNT),
        ("trace.trace_id",),
        limit=20,
        style="table",
    ),
    Panel(
        "Failed calls",
        "By the kind of error, with what they cost all the same.",
        (_COUNT, _SPEND),
        (names.ERROR_TYPE, names.REQUEST_MODEL),
        (
            {"column": names.ERROR_TYPE, "op": "exists"},
            {"column": names.REQUEST_MODEL, "op": "exists"},
            {"column": SPAN_KIND, "op": "=", "value": "client"},
        ),
    ),
    Panel(
        "Calls without a price",
        "Their cost is in no sum here.",
        (_COUNT,),
        (names.REQUEST_MODEL, names.COST_REASON),
        ({"column": names.COST_STATUS, "op": "=", "value": "unpriced"},),
        style="table",
    ),
    Panel(
        "Duration",
        "Of whole calls, and to the first part of a stream's answer, in milliseconds.",
        (_calculation("P95", "duration_ms"), _calculation("P95", MS_TO_FIRST_CHUNK)),
        (names.RESPONSE_MODEL,),
        width=12,
    ),
)


def triggers(hourly_usd: float) -> tuple[Trigger, ...]:
    """The triggers, with the spend in an hour, in USD, above which the first one fires."""
    return (
        Trigger(
            "Claude spend in an hour",
            f"Claude calls cost more than ${hourly_usd:g} in an hour.",
            _SPEND,
            (_PRICED,),
            hourly_usd,
            HOUR_S // 4,
            HOUR_S,
        ),
        Trigger(
            "Claude calls without a price",
            "The model is not known, or a body was never read: what is spent on them is in no sum.",
            _COUNT,
            ({"column": names.COST_STATUS, "op": "=", "value": "unpriced"},),
            0,
            HOUR_S,
            HOUR_S,
        ),
    )


def positions() -> list[dict[str, int]]:
    """Where each panel is on the board, row after row."""
    places, x, y = [], 0, 0
    for panel in PANELS:
        if x + panel.width > 12:
            x, y = 0, y + 5
        places.append({"x_coordinate": x, "y_coordinate": y, "width": panel.width, "height": 5})
        x += panel.width
    return places


def board(panels: list[dict[str, Any]]) -> dict[str, Any]:
    """The board, as the API takes it, with these `panels`."""
    return {
        "name": BOARD_NAME,
        "description": f"What calls of Claude cost. Made by otel-claude, definition {digest()}.",
        "type": "flexible",
        "panels": panels,
    }


def digest() -> str:
    """A short name for the definition: another one has another."""
    content = [
        VERSION,
        [[panel.name, panel.says, panel.query(), panel.style] for panel in PANELS],
        positions(),
    ]
    return f"v{VERSION}-{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:10]}"
