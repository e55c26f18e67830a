"""A table for other programs: JSON, CSV and Markdown. Each function returns text that ends with a newline."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from otel_claude.call_site import CallSite
from otel_claude.report import notes, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_claude.report.notes import Notes
    from otel_claude.report.table import KeyValue, Row, Table
    from otel_claude.report.tasks import TaskTotals
    from otel_claude.report.totals import Totals

VERSION: Final = 1
"""Of the JSON. It changes when a name in it goes or changes its meaning, not when one is added."""


def as_json(table: Table, rows: Sequence[Row], beside: Notes = notes.NOTHING) -> str:
    """The totals of `table`, `rows` of it and what there is to say `beside` it.

    Money is USD, times are ISO 8601 in UTC, ratios 0 to 1 or null.

    `cost_usd` is what the priced calls cost, and null where none of them is priced. A repriced table has beside it
    `recorded_cost_usd`, which is what their spans say. One that is grouped by task has `tasks`, whose `cost_usd` has
    what the tasks inside them cost too.
    """
    report = {
        "version": VERSION,
        "total": {
            "first": table.first.isoformat() if table.first else None,
            "last": table.last.isoformat() if table.last else None,
            **_totals(table, table.total),
            "reasons": dict(table.total.reasons.most_common()),
        },
        "rows": [
            {
                "key": {
                    name: _json_key(value) for name, value in zip(table.dimensions, row.key, strict=True)
                },
                **_totals(table, row.totals),
                "share": row.share,
                "cumulative_share": row.cumulative_share,
            }
            for row in rows
        ],
        **notes.as_dict(beside),
    }
    return json.dumps(report, indent=2) + "\n"


def as_csv(table: Table, rows: Sequence[Row], beside: Notes = notes.NOTHING) -> str:  # noqa: ARG001 - a table of its own
    """A line with the names of the columns and one for each of `rows`; no total, so that columns can be
    summed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*table.dimensions, *_flat(table, table.total), "share", "cumulative_share"])
    for row in rows:
        key = [words.key(value, none="") for value in row.key]
        writer.writerow([*key, *_flat(table, row.totals).values(), row.share, row.cumulative_share])
    return text.getvalue()


def as_markdown(table: Table, rows: Sequence[Row], beside: Notes = notes.NOTHING) -> str:
    """The header's sentences, a table of `rows`, ending with the total, and one of the wastes."""
    columns = words.columns(table)
    digits = words.decimals(table)
    names = [*table.dimensions, *(column.name for column in columns), *words.SHARES]
    lines = [
        "  \n".join((*words.header(table), *filter(None, [notes.spend(beside)]))),
        "",
        _markdown_line(names),
        _markdown_line(["---" if name in table.dimensions else "--:" for name in names]),
    ]
    for row in rows:
        keys = (words.key(value).replace("|", "\\|") for value in row.key)
        cells = (column.cell(row.totals, digits) for column in columns)
        lines.append(_markdown_line([*keys, *cells, *words.shares(row)]))
    rest = words.rest(table, rows)
    if rest:
        lines.append(_markdown_line([rest, *("" for _ in names[1:])]))
    total = (column.cell(table.total, digits) for column in columns)
    lines.append(_markdown_line(["**total**", *("" for _ in table.dimensions[1:]), *total, "", ""]))
    return "\n".join(lines) + "\n" + notes.as_markdown(beside, table.total.priced_usd, digits)


def _markdown_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _json_key(value: KeyValue) -> Any:
    if isinstance(value, CallSite):
        return words.call_site(value)
    return value


def _totals(table: Table, totals: Totals) -> dict[str, Any]:
    recorded = {"recorded_cost_usd": totals.recorded_usd} if table.is_repriced else {}
    tasks = {} if totals.tasks is None else {"tasks": _tasks(totals.tasks)}
    return {
        "calls": totals.calls,
        "errors": totals.errors,
        "estimated": totals.estimated,
        "unpriced": totals.unpriced,
        "cost_usd": totals.cost_usd,
        **recorded,
        "cache_savings_usd": totals.cache_savings_usd,
        "tokens": {
            "input": totals.input_tokens,
            "cache_read": totals.cache_read_tokens,
            "cache_write_5m": totals.cache_write_5m_tokens,
            "cache_write_1h": totals.cache_write_1h_tokens,
            "output": totals.output_tokens,
        },
        "cache_hit_ratio": totals.cache_hit_ratio,
        **tasks,
    }


def _tasks(tasks: TaskTotals) -> dict[str, Any]:
    return {
        "count": tasks.tasks,
        "unit": tasks.unit,
        "finished": tasks.finished,
        "completion": tasks.completion,
        "passed": tasks.passed,
        "pass_rate": tasks.pass_rate,
        "cost_usd": tasks.cost_usd,
        "cost_per_task_usd": tasks.cost_per_task_usd,
        "cost_per_passed_usd": tasks.cost_per_passed_usd,
        "retry_rate": tasks.retry_rate,
        "escalation_rate": tasks.escalation_rate,
        "mean_score": tasks.mean_score,
        "value_usd": tasks.value_usd,
        "value_over_cost": tasks.value_over_cost,
    }


def _flat(table: Table, totals: Totals) -> dict[str, Any]:
    flat = _totals(table, totals)
    tokens = flat.pop("tokens")
    tasks = flat.pop("tasks", {})
    return {
        **flat,
        **{f"{kind}_tokens": count for kind, count in tokens.items()},
        **{f"task_{name}": value for name, value in tasks.items()},
    }
