"""What a report says beside its table: how fast money goes, and the wastes, the dearest first."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from otel_claude.report import words
from otel_claude.report.rate import RunRate, Spend
from otel_claude.report.wastes import Wastes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from otel_claude.call_site import CallSite
    from otel_claude.report.calls import Call
    from otel_claude.report.wastes import Waste

SHOWN: Final = 5
"""How many wastes are shown to people."""

LEAST_SHARE: Final = 0.001
"""Wastes of less than this share of the cost are not shown to people."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Shares are 0 to 1, `None` where nothing cost anything."""

    rate: RunRate | None = None
    batch_share: float | None = None
    wastes: tuple[Waste, ...] = ()
    codes: Mapping[CallSite, Sequence[str]] = field(default_factory=dict)
    """The linter's findings at the call sites of wastes, where it was asked."""


class Observer:
    """Looks at calls, one after the other."""

    def __init__(self) -> None:
        self._spend, self._wastes = Spend(), Wastes()

    def add(self, call: Call) -> None:
        """Looks at `call`."""
        self._spend.add(call)
        self._wastes.add(call)

    def merge(self, others: Observer) -> None:
        """Takes over what `others` saw."""
        self._spend.merge(others._spend)
        self._wastes.merge(others._wastes)

    def notes(self, now: datetime) -> Notes:
        """What is to be said of the calls that were looked at."""
        return Notes(self._spend.run_rate(now), self._spend.batch_share, self._wastes.ranked())


def spend(notes: Notes) -> str | None:
    """One sentence on how fast money goes, or `None` where there is nothing to say."""
    parts = []
    rate = notes.rate
    if rate is not None:
        digits = 2 if rate.month_usd >= 100 else 4
        parts.append(f"{words.money(rate.usd_per_day, digits)} a day over the last {_days(rate.days)}")
        parts.append(
            f"~{words.money(rate.month_usd, digits)} for {rate.month} at that rate, "
            f"{words.money(rate.month_so_far_usd, digits)} so far"
        )
    if notes.batch_share:
        parts.append(f"{words.percent(notes.batch_share)} of the cost through batches")
    return " · ".join(parts) or None


def shown(notes: Notes, total_usd: float) -> tuple[Waste, ...]:
    """The wastes that are worth showing to people."""
    return tuple(waste for waste in notes.wastes if waste.usd >= total_usd * LEAST_SHARE)[:SHOWN]


NOTHING: Final = Notes()
"""Where there is nothing to say."""

HEADING: Final = "Wasted, the most first; what overlaps counts in each:"


def place(waste: Waste, notes: Notes) -> str:
    """Where it is, with the linter's codes for it."""
    where = words.key(waste.call_site) if waste.call_site is not None else words.key(waste.feature)
    codes = () if waste.call_site is None else notes.codes.get(waste.call_site, ())
    return "  ".join((where, *codes))


def amount(waste: Waste, digits: int) -> str:
    """What it comes to, with `~` for an estimate."""
    return ("~" if waste.is_estimate else "") + words.money(waste.usd, digits)


def as_markdown(notes: Notes, total_usd: float, digits: int) -> str:
    """A table of the wastes, empty where there are none."""
    wastes = shown(notes, total_usd)
    if not wastes:
        return ""
    lines = [f"\n{HEADING}\n", "| wasted | where | what |", "| --: | --- | --- |"]
    for waste in wastes:
        cells = (amount(waste, digits), place(waste, notes), words.printable(waste.sentence))
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def as_dict(notes: Notes) -> dict[str, Any]:
    """For JSON. Money is USD."""
    return {
        "run_rate": None if notes.rate is None else asdict(notes.rate),
        "batch_share": notes.batch_share,
        "wastes": [
            {
                "kind": waste.kind,
                "usd": waste.usd,
                "is_estimate": waste.is_estimate,
                "call_site": words.call_site(waste.call_site),
                "feature": waste.feature,
                "calls": waste.calls,
                "sentence": waste.sentence,
                "codes": list(notes.codes.get(waste.call_site, ())) if waste.call_site is not None else [],
            }
            for waste in notes.wastes
        ],
    }


def _days(days: float) -> str:
    rounded = round(days, 1)
    return "day" if rounded == 1 else f"{rounded:g} days"
