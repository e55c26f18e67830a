"""How a table is written for people: the header's sentences, the columns and their cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otel_claude.call_site import CallSite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from otel_claude.report.table import KeyValue, Row, Table
    from otel_claude.report.tasks import TaskTotals
    from otel_claude.report.totals import Totals

NO_VALUE: Final = "(none)"
"""Stands for the key of calls that have no value of a dimension."""

UNPRICED: Final = "unpriced"
"""Stands for the cost of calls of which none is priced."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column beside those of the key: its heading and how its cell is written."""

    name: str
    cell: Callable[[Totals, int], str]
    """Takes what the row sums to, and the decimals that amounts of money have in the table."""

    is_shown: Callable[[Totals], bool] = lambda _: True
    """Whether a table with this total has the column."""


def _has_tasks(totals: Totals) -> bool:
    return totals.tasks is not None and totals.tasks.tasks > 0


def _has_none(totals: Totals) -> bool:
    return not _has_tasks(totals)


def _of_tasks(
    name: str,
    cell: Callable[[TaskTotals, int], str],
    is_shown: Callable[[TaskTotals], bool] = lambda _: True,
) -> Column:
    """A column about tasks, for tables that have some."""
    return Column(
        name,
        lambda totals, digits: "-" if totals.tasks is None else cell(totals.tasks, digits),
        lambda total: total.tasks is not None and total.tasks.tasks > 0 and is_shown(total.tasks),
    )


COLUMNS: Final = (
    Column("calls", lambda totals, _: f"{totals.calls:,}"),
    Column("errors", lambda totals, _: f"{totals.errors:,}", lambda total: total.errors > 0),
    Column("unpriced", lambda totals, _: f"{totals.unpriced:,}", lambda total: total.unpriced > 0),
    Column("cost", lambda totals, digits: cost(totals, digits)),  # noqa: PLW0108 - defined below
    Column("input", lambda totals, _: tokens(totals.input_tokens), _has_none),
    Column("read", lambda totals, _: tokens(totals.cache_read_tokens), _has_none),
    Column("written", lambda totals, _: tokens(totals.cache_write_tokens), _has_none),
    Column("output", lambda totals, _: tokens(totals.output_tokens), _has_none),
    Column("hit", lambda totals, _: percent(totals.cache_hit_ratio), _has_none),
    Column("saved", lambda totals, digits: money(totals.cache_savings_usd, digits), _has_none),
    _of_tasks("tasks", lambda tasks, _: f"{tasks.tasks:,}"),
    _of_tasks("done", lambda tasks, _: percent(tasks.completion)),
    _of_tasks("passed", lambda tasks, _: percent(tasks.pass_rate), lambda total: total.judged > 0),
    _of_tasks("per task", lambda tasks, digits: _each(tasks.cost_per_task_usd, tasks, digits)),
    _of_tasks(
        "per passed",
        lambda tasks, digits: _each(tasks.cost_per_passed_usd, tasks, digits),
        lambda total: total.judged > 0,
    ),
    _of_tasks("retried", lambda tasks, _: percent(tasks.retry_rate)),
    _of_tasks("escalated", lambda tasks, _: percent(tasks.escalation_rate)),
    _of_tasks("score", lambda tasks, _: _decimal(tasks.mean_score), lambda total: bool(total.scores)),
    _of_tasks(
        "value",
        lambda tasks, digits: "-" if tasks.value_usd is None else money(tasks.value_usd, digits),
        lambda total: total.value_usd is not None,
    ),
    _of_tasks(
        "value/cost",
        lambda tasks, _: _times(tasks.value_over_cost),
        lambda total: total.value_usd is not None,
    ),
)
"""`input` is uncached, `read` and `written` are the cache's; `hit` is what was read over the whole prompt.

Of tasks, `done` is finished over begun, `passed` is over those with a verdict, and `per task` and `per passed` have the
cost of the tasks inside a task, and of those that failed. `retried` and `escalated` took more than one attempt, and
more than one model.
"""

SHARES: Final = ("share", "cum.")
"""The two last columns: the row's share of the cost, and that of the rows down to it."""


def columns(table: Table) -> list[Column]:
    """Those of `COLUMNS` that have something to say about `table`."""
    return [column for column in COLUMNS if column.is_shown(table.total)]


def shares(row: Row) -> tuple[str, str]:
    """The cells of `SHARES`."""
    return percent(row.share), percent(row.cumulative_share)


def decimals(table: Table) -> int:
    """How many decimals amounts of money have in `table`: all the same, so that they can be compared."""
    return 2 if table.total.priced_usd >= 100 else 4


def header(table: Table) -> tuple[str, ...]:
    """What all calls come to, how far the numbers can be trusted and, where they were repriced, how they
    differ from what was recorded."""
    total = table.total
    digits = decimals(table)
    parts = [_count(total.calls, "call"), cost(total, digits)]
    if table.first and table.last:
        parts.insert(0, " to ".join(dict.fromkeys(f"{at:%Y-%m-%d}" for at in (table.first, table.last))))
    if total.cache_hit_ratio is not None:
        parts.append(f"{percent(total.cache_hit_ratio)} of input read from cache")
    if total.cache_savings_usd > 0:
        parts.append(f"caching saved {money(total.cache_savings_usd, digits)}")
    elif total.cache_savings_usd < 0:
        parts.append(f"caching cost {money(-total.cache_savings_usd, digits)} more than it saved")
    notes = [f"{total.unpriced:,} unpriced" + (", not in the cost" if total.unpriced else "")]
    if total.estimated:
        notes.append(f"{total.estimated:,} estimated (~)")
    if total.errors:
        notes.append(_count(total.errors, "error"))
    notes.extend(f"{reason} {count:,}" for reason, count in total.reasons.most_common())
    sentences = [" · ".join(parts), " · ".join(notes)]
    if total.tasks is not None and total.tasks.tasks:
        sentences.append(_tasks(total.tasks, digits))
    if table.is_repriced:
        sentences.append(_repriced(total, digits))
    return tuple(sentences)


def _tasks(tasks: TaskTotals, digits: int) -> str:
    parts = [_count(tasks.tasks, "task")]
    if tasks.completion is not None:
        parts.append(f"{percent(tasks.completion)} finished")
    if tasks.pass_rate is not None:
        parts.append(f"{percent(tasks.pass_rate)} passed")
    if tasks.cost_per_passed_usd is not None:
        parts.append(f"{money(tasks.cost_per_passed_usd, digits)} for each that passed")
    if tasks.value_usd is not None:
        parts.append(f"worth {money(tasks.value_usd, digits)}, {_times(tasks.value_over_cost)} their cost")
    return " · ".join(parts)


def _repriced(total: Totals, digits: int) -> str:
    difference = total.priced_usd - total.recorded_usd
    parts = [
        f"repriced: recorded {money(total.recorded_usd, digits)}, now {money(total.priced_usd, digits)}",
        f"{money(difference, digits)} more" if difference > 0 else f"{money(-difference, digits)} less",
    ]
    if total.cost_picodollars == total.recorded_picodollars:
        parts[1] = "no difference"
    elif total.recorded_usd:
        parts[1] += f" ({difference / total.recorded_usd:+.1%})"
    if total.newly_priced:
        parts.append(f"{_count(total.newly_priced, 'call')} without a recorded cost")
    if total.no_longer_priced:
        parts.append(f"{_count(total.no_longer_priced, 'call')} no longer priced")
    return " · ".join(parts)


def rest(table: Table, shown: Sequence[Row]) -> str | None:
    """What is said of the rows that are not `shown`, if any."""
    hidden = table.rows[len(shown) :]
    if not hidden:
        return None
    return f"{len(hidden):,} more: {money(sum(row.totals.priced_usd for row in hidden), decimals(table))}"


def key(value: KeyValue, none: str = NO_VALUE) -> str:
    """`value` on one line, printable."""
    if value is None:
        return none
    text = f"{value.path}:{value.line} {value.function}".rstrip() if isinstance(value, CallSite) else value
    return printable(text)


def call_site(site: CallSite | None) -> dict[str, str | int] | None:
    """A call site for JSON."""
    return None if site is None else {"path": site.path, "function": site.function, "line": site.line}


def printable(text: str) -> str:
    """`text` without characters that a terminal would act on."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def cost(totals: Totals, digits: int) -> str:
    """What the priced calls cost, with `~` where some are estimated."""
    if totals.cost_usd is None:
        return UNPRICED
    return ("~" if totals.estimated else "") + money(totals.cost_usd, digits)


def money(usd: float, digits: int) -> str:
    """US dollars with `digits` decimals; what is too small for them is not written as nothing."""
    if usd == 0:
        return "$0"
    sign = "-" if usd < 0 else ""
    least = 10**-digits
    return f"{sign}<${least:.{digits}f}" if abs(usd) < least else f"{sign}${abs(usd):,.{digits}f}"


def tokens(count: int) -> str:
    """A count of tokens, short: 9,500, 12.3k, 4.56M."""
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1e3:.1f}k" if count < 999_950 else f"{count / 1e6:,.2f}M"


def _decimal(number: float | None) -> str:
    """A number with two decimals, `-` for none."""
    return "-" if number is None else f"{number:.2f}"


def _times(ratio: float | None) -> str:
    """A ratio as a multiple, `-` for none."""
    return "-" if ratio is None else f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.1f}x"


def _each(usd: float | None, tasks: TaskTotals, digits: int) -> str:
    """What one costs, with two digits at least that say something, and what it is called."""
    if usd is None:
        return "-"
    if 0 < usd < 10**-digits:
        digits = math.ceil(-math.log10(usd)) + 1
    return money(usd, digits) + (f"/{tasks.unit}" if tasks.unit else "")


def percent(ratio: float | None) -> str:
    """A ratio in percent, `-` for none."""
    return "-" if ratio is None else f"{ratio:.0%}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
