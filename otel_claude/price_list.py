"""The price list, as `otel-claude prices` shows it: what a call would be charged for, row by row.

An *entry* is one row of rates with the user's multiplier applied, where it comes from, and whether a cost
from it would be exact.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otel_claude.models import find
from otel_claude.rates import TABLE_DATE, ListedRow, RateRow, Rates, bands_on, listed_models, listed_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from otel_claude.rates import Overrides, Quote, RatesSource
    from otel_claude.user_rates import UserRates

VERSION: Final = 1
"""Of the JSON. It changes when a name in it goes or changes its meaning, not when one is added."""

RATES: Final = Rates._fields

_SPEEDS: Final = ("standard", "fast")


class UnknownModelError(ValueError):
    """No rates are known for a model. The message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the price list. Rates are USD per million tokens; days are UTC."""

    row: RateRow
    rates_source: RatesSource
    doubt: str | None
    """Why a cost from it would be an estimate, or `None`."""

    @property
    def length(self) -> str:
        """The prompts that it is for: `""` for every length, or those that no row for longer ones is for."""
        return f"> {self.row.over_prompt_tokens:,}" if self.row.over_prompt_tokens else ""

    def as_dict(self) -> dict[str, Any]:
        """It by names, for JSON and CSV."""
        row = self.row
        return {
            "model": row.model_id,
            "speed": row.speed,
            "over_prompt_tokens": row.over_prompt_tokens,
            **row.rates._asdict(),
            "valid_from": row.valid_from.isoformat() if row.valid_from else None,
            "valid_until": row.valid_until.isoformat() if row.valid_until else None,
            "rates_source": self.rates_source,
            "source": row.source,
            "doubt": self.doubt,
        }


def entries(models: Sequence[str], day: date, overrides: Overrides | None = None) -> tuple[Entry, ...]:
    """What calls to `models`, in any spelling, are charged on `day`; without models, to every model that the
    Claude API serves on that day.

    Raises `UnknownModelError`.
    """
    found: list[Entry] = []
    for model_id in models or _served(day, overrides):
        listed = listed_rows(model_id, overrides)
        before = len(found)
        for speed in _SPEEDS:
            if speed == "standard" or any(_applies(each.row, day, speed) for each in listed):
                found.extend(map(_entry, reversed(bands_on(model_id, day, speed, overrides))))
        if len(found) == before:
            raise UnknownModelError(
                f"{model_id}: no rates are known; give some in a file named by OTEL_CLAUDE_RATES, or upgrade"
            )
    return tuple(dict.fromkeys(found))


def history(models: Sequence[str], day: date, overrides: Overrides | None = None) -> tuple[Entry, ...]:
    """Every row of the public list for `models`, or for all of them, past ones too, without discounts.

    `day` is the one on which rows count as old or not. Raises `UnknownModelError`.
    """
    found: list[Entry] = []
    for model_id in models or listed_models(overrides):
        listed = listed_rows(model_id, overrides)
        found.extend(_listed_entry(each, day) for each in listed)
        if not listed:
            raise UnknownModelError(f"{model_id}: is not in the table")
    return tuple(dict.fromkeys(found))


def as_json(listed: Iterable[Entry], day: date, today: date, user: UserRates | None) -> str:
    """`listed` with the table's age, as JSON that ends with a newline."""
    document = {
        "version": VERSION,
        "currency": "USD",
        "per_tokens": 1_000_000,
        "at": day.isoformat(),
        "table_date": TABLE_DATE.isoformat(),
        "table_age_days": (today - TABLE_DATE).days,
        "user_rates": None if user is None else _user(user),
        "rows": [each.as_dict() for each in listed],
    }
    return json.dumps(document, indent=2) + "\n"


def as_csv(listed: Sequence[Entry]) -> str:
    """A line with the names of the columns, and one for each of `listed`."""
    text = io.StringIO()
    names = ["model", "speed", "over_prompt_tokens", *RATES]
    names += ["valid_from", "valid_until", "rates_source", "source", "doubt"]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(each.as_dict() for each in listed)
    return text.getvalue()


def _user(user: UserRates) -> dict[str, Any]:
    overrides = user.overrides
    return {
        "file": str(user.file),
        "dated": overrides.dated.isoformat() if overrides.rates or overrides.multipliers else None,
        "multipliers": dict(overrides.multipliers),
        "rates": {model: rates._asdict() for model, rates in overrides.rates.items()},
        "rows": len(overrides.rows),
    }


def _served(day: date, overrides: Overrides | None) -> Iterator[str]:
    """Models with a row in force on `day` that are not retired by then."""
    for model_id in listed_models(overrides):
        model = find(model_id)
        is_retired = model is not None and model.retires is not None and model.retires <= day
        if not is_retired and any(
            _applies(each.row, day, "standard") for each in listed_rows(model_id, overrides)
        ):
            yield model_id


def _applies(row: RateRow, day: date, speed: str) -> bool:
    return (
        row.speed == speed
        and (row.valid_from is None or row.valid_from <= day)
        and (row.valid_until is None or day < row.valid_until)
    )


def _entry(quote: Quote) -> Entry:
    return Entry(quote.row, quote.source, quote.doubt)


def _listed_entry(listed: ListedRow, day: date) -> Entry:
    ended = listed.row.valid_until is not None and listed.row.valid_until <= day
    doubt = None if listed.row.sure else "rates_unsure"
    return Entry(
        listed.row, listed.source, doubt or ("rates_old" if listed.is_old(day) and not ended else None)
    )
