"""A comparison for people and for other programs. Each function returns text that ends with a newline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from otel_claude.report.words import key, money, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from otel_claude.reconcile.comparison import BilledLine, Comparison, Line
    from otel_claude.reconcile.discounts import Multipliers

VERSION: Final = 1
"""Of the JSON. It changes when a name in it goes or changes its meaning, not when one is added."""

LINES: Final = 10
"""As many lines of a table as are shown."""

DIGITS: Final = 2

_BILLED: Final = {"product": "product", "workspace": "workspace", "api_key": "API key"}


def as_text(found: Comparison, multipliers: Multipliers | None) -> str:
    """Sentences and tables. Of a table only the lines with the largest unseen amounts."""
    total = found.total
    parts = ["\n".join(_header(found))]
    for name, lines in (("model", found.by_model), ("kind", found.by_kind), ("day", found.by_day)):
        parts.append(_table((name, "list", "seen", "not seen", "share"), _cells(lines)))
    for dimension, billed in found.billed_by.items():
        if len(billed) > 1:
            cells = [(key(each.name), _usd(each.listed), _usd(each.amount)) for each in billed[:LINES]]
            parts.append(_table((f"billed by {_BILLED[dimension]}", "list", "charged"), cells))
    if multipliers is not None:
        toml = multipliers.as_toml(found.bill.since.date())
        parts.append(f"To have calls priced as they were charged, in pyproject.toml:\n\n{toml.rstrip()}")
    elif total.listed:
        parts.append("Tokens were charged at public rates: there is no discount to set.")
    return "\n\n".join(parts) + "\n"


def as_json(found: Comparison, multipliers: Multipliers | None) -> str:
    """Everything. Money is USD, times are ISO 8601 in UTC, shares and discounts 0 to 1 or null."""
    bill = found.bill
    document = {
        "version": VERSION,
        "since": bill.since.isoformat(),
        "until": bill.until.isoformat(),
        "refreshed_at": bill.refreshed_at.isoformat() if bill.refreshed_at else None,
        "calls": found.calls,
        "calls_unpriced": found.unpriced,
        "calls_too_late": found.too_late,
        "first_call": found.first_call.isoformat() if found.first_call else None,
        "charged_usd": _number(found.amount),
        "discount": _discount(found),
        "total": _line(found.total),
        "by_model": [{"model": line.name, **_line(line)} for line in found.by_model],
        "by_kind": [{"kind": line.name, **_line(line)} for line in found.by_kind],
        "by_day": [{"day": line.name, **_line(line)} for line in found.by_day],
        "billed_by": {
            dimension: [_billed(dimension, line) for line in lines]
            for dimension, lines in found.billed_by.items()
        },
        "rates": None
        if multipliers is None
        else {
            "dated": bill.since.date().isoformat(),
            "multiplier": multipliers.overall,
            "models": {model: {"multiplier": each} for model, each in multipliers.by_model.items()},
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _header(found: Comparison) -> list[str]:
    bill, total = found.bill, found.total
    reach = f", in the bill up to {bill.refreshed_at:%Y-%m-%d %H:%M}" if bill.refreshed_at else ""
    discount = _discount(found)
    lines = [
        f"{bill.since:%Y-%m-%d} to {bill.until:%Y-%m-%d %H:%M} UTC{reach}",
        f"billed   {_usd(found.amount)}, {_usd(total.listed)} at public rates"
        + (f": a discount of {discount:.1%}" if discount else ""),
        f"seen     {_usd(total.seen)} at public rates, in {found.calls:,} calls: {percent(total.share)} of the bill",
    ]
    if total.unseen:
        lines.append(f"not seen {_usd(total.unseen)} that was billed and not recorded")
    if total.surplus:
        lines.append(f"surplus  {_usd(total.surplus)} that was recorded and not billed")
    if found.unpriced:
        lines.append(f"{found.unpriced:,} calls have no price, so that more was seen than that")
    if found.too_late:
        lines.append(f"{found.too_late:,} calls left out: the bill does not reach to them yet")
    if found.first_call is not None and found.first_call.date() > bill.since.date():
        lines.append(
            f"the first recorded call is of {found.first_call:%Y-%m-%d}: nothing earlier can be seen"
        )
    return lines


def _discount(found: Comparison) -> float | None:
    return float(1 - found.amount / found.total.listed) if found.total.listed else None


def _cells(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    return [
        (key(line.name), _usd(line.listed), _usd(line.seen), _usd(line.unseen), percent(line.share))
        for line in lines[:LINES]
    ]


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _usd(amount: Decimal) -> str:
    return money(float(amount), DIGITS)


def _number(amount: Decimal) -> float:
    return float(round(amount, 9))


def _line(line: Line) -> dict[str, Any]:
    return {
        "list_usd": _number(line.listed),
        "seen_usd": _number(line.seen),
        "covered_usd": _number(line.covered),
        "unseen_usd": _number(line.unseen),
        "surplus_usd": _number(line.surplus),
        "share": line.share,
    }


def _billed(dimension: str, line: BilledLine) -> dict[str, Any]:
    return {dimension: line.name, "list_usd": _number(line.listed), "charged_usd": _number(line.amount)}
