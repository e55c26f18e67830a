"""Sets the record against the bill, cell by cell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from otel_claude.rates import model_key
from otel_claude.reconcile.bill import TOKEN_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from otel_claude.reconcile.bill import Bill, Item
    from otel_claude.report.calls import Call

NO_MODEL: Final = "(no model)"
UNSAID: Final = "(none)"

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one model, one day or one kind, summed. Money is USD at public rates."""

    name: str
    listed: Decimal
    """The bill's."""

    seen: Decimal
    covered: Decimal

    @property
    def unseen(self) -> Decimal:
        """What was billed and not recorded."""
        return self.listed - self.covered

    @property
    def surplus(self) -> Decimal:
        """What was recorded and not billed."""
        return self.seen - self.covered

    @property
    def share(self) -> float | None:
        """The part of the bill that was recorded, 0 to 1; `None` where nothing was billed."""
        return float(self.covered / self.listed) if self.listed else None


@dataclass(frozen=True, slots=True)
class BilledLine:
    """What the bill says of something that calls do not tell: a product, a workspace, an API key."""

    name: str
    amount: Decimal
    listed: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """The bill and the record of a period. Lines come with the largest unseen amount first."""

    bill: Bill
    total: Line
    amount: Decimal
    """What was charged: after discounts, before credits."""

    by_model: tuple[Line, ...]
    by_kind: tuple[Line, ...]
    by_day: tuple[Line, ...]
    billed_by: Mapping[str, tuple[BilledLine, ...]]
    """By `product`, `workspace` and `api_key`, the dearest first."""

    calls: int
    unpriced: int
    """Calls among them without a price: what is seen is a lower bound."""

    too_late: int
    """Calls that were left out, because the bill does not reach to them yet."""

    first_call: datetime | None


@dataclass(slots=True)
class _Seen:
    cells: defaultdict[_Cell, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    calls: int = 0
    unpriced: int = 0
    too_late: int = 0
    first: datetime | None = None


_Cell = tuple["date", str, str]
"""Day, model and kind."""

_PARTS: Final[Mapping[str, str]] = {
    "input": "input",
    "cache_read": "cache_read",
    "cache_write_5m": "cache_write_5m",
    "cache_write_1h": "cache_write_1h",
    "output": "output",
    "server_tools": "web_search",
}
"""The parts of a call's cost with the kind that the bill has for them."""


def compare(bill: Bill, calls: Iterable[Call]) -> Comparison:
    """Sets `calls`, priced at public rates, against `bill`. Calls outside of its period are passed over."""
    listed: defaultdict[_Cell, Decimal] = defaultdict(Decimal)
    for item in bill.items:
        listed[_cell(item.day, item.model, item.kind)] += item.list_amount
    seen = _sum(bill, calls)
    return Comparison(
        bill=bill,
        total=_lines(listed, seen.cells, lambda _: "total")[0] if listed or seen.cells else _NOTHING,
        amount=sum((item.amount for item in bill.items), ZERO),
        by_model=_lines(listed, seen.cells, lambda cell: cell[1]),
        by_kind=_lines(listed, seen.cells, lambda cell: cell[2]),
        by_day=_lines(listed, seen.cells, lambda cell: cell[0].isoformat()),
        billed_by={
            "product": _billed(bill, lambda item: item.product),
            "workspace": _billed(bill, lambda item: item.workspace),
            "api_key": _billed(bill, lambda item: item.api_key),
        },
        calls=seen.calls,
        unpriced=seen.unpriced,
        too_late=seen.too_late,
        first_call=seen.first,
    )


_NOTHING: Final = Line("total", ZERO, ZERO, ZERO)


def _sum(bill: Bill, calls: Iterable[Call]) -> _Seen:
    seen = _Seen()
    for call in calls:
        if not bill.since <= call.at < bill.until:
            continue
        if bill.refreshed_at is not None and call.at >= bill.refreshed_at:
            seen.too_late += 1
            continue
        seen.calls += 1
        seen.unpriced += call.cost_usd is None
        seen.first = call.at if seen.first is None else min(seen.first, call.at)
        for part, kind in _PARTS.items():
            usd = getattr(call.cost, part)
            if usd:
                seen.cells[_cell(call.at.date(), call.model, kind)] += Decimal(repr(usd))
    return seen


def _cell(day: date, model_id: str | None, kind: str) -> _Cell:
    """Only tokens are billed by model; searches and containers are nobody's."""
    return day, model_name(model_id) if kind in TOKEN_KINDS else NO_MODEL, kind


def model_name(model_id: str | None) -> str:
    """The name that a model goes by on both sides."""
    return NO_MODEL if model_id is None else model_key(model_id)


def _lines(
    listed: Mapping[_Cell, Decimal], seen: Mapping[_Cell, Decimal], name: Callable[[_Cell], str]
) -> tuple[Line, ...]:
    sums: dict[str, Line] = {}
    for cell in {**listed, **seen}:
        billed, recorded = listed.get(cell, ZERO), seen.get(cell, ZERO)
        line = sums.get(name(cell), Line(name(cell), ZERO, ZERO, ZERO))
        sums[line.name] = Line(
            line.name, line.listed + billed, line.seen + recorded, line.covered + min(billed, recorded)
        )
    return tuple(sorted(sums.values(), key=lambda line: (-line.unseen, -line.surplus, line.name)))


def _billed(bill: Bill, name: Callable[[Item], str | None]) -> tuple[BilledLine, ...]:
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for item in bill.items:
        key = name(item) or UNSAID
        amount, listed = sums.get(key, (ZERO, ZERO))
        sums[key] = (amount + item.amount, listed + item.list_amount)
    lines = (BilledLine(key, amount, listed) for key, (amount, listed) in sums.items())
    return tuple(sorted(lines, key=lambda line: (-line.listed, line.name)))
