"""The rates that were paid, as multiples of the public ones, in the words of a rates table."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from otel_claude.reconcile.bill import TOKEN_KINDS
from otel_claude.reconcile.comparison import model_name
from otel_claude.user_rates import TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from otel_claude.reconcile.bill import Bill

DECIMALS: Final = 4

_PLAIN_TIERS: Final = frozenset({"standard", None})
"""Only these are compared, as far as there are any: other tiers have terms of their own."""


@dataclass(frozen=True, slots=True)
class Multipliers:
    """What tokens cost over what they would at public rates."""

    overall: float
    by_model: Mapping[str, float]
    """Of models that differ from the overall one."""

    def as_toml(self, dated: date) -> str:
        """A rates table, in force from `dated` on, that ends with a newline."""
        lines = [f"[{TABLE}]", f"dated = {dated.isoformat()}", f"multiplier = {self.overall}"]
        for model, multiplier in sorted(self.by_model.items()):
            lines += ["", f"[{TABLE}.models.{json.dumps(model)}]", f"multiplier = {multiplier}"]
        return "\n".join(lines) + "\n"


def multipliers(bill: Bill) -> Multipliers | None:
    """Those that `bill` implies, or `None` where it has no tokens, or all of them at public rates."""
    items = [item for item in bill.items if item.kind in TOKEN_KINDS and item.model is not None]
    items = [item for item in items if item.service_tier in _PLAIN_TIERS] or items
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    listed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        amounts[model_name(item.model)] += item.amount
        listed[model_name(item.model)] += item.list_amount
    whole = sum(listed.values(), Decimal(0))
    if not whole:
        return None
    overall = _ratio(sum(amounts.values(), Decimal(0)), whole)
    by_model = {model: _ratio(amounts[model], listed[model]) for model in listed if listed[model]}
    differing = {model: each for model, each in by_model.items() if each != overall}
    if overall == 1 and not differing:
        return None
    return Multipliers(overall, differing)


def _ratio(amount: Decimal, listed: Decimal) -> float:
    return float(round(amount / listed, DECIMALS))
