"""The rates that a user sets in a file: discounts, rates of their own, and newer rows of the public list.

A *rates table* is `[tool.otel-claude.rates]`, or the file that OTEL_CLAUDE_RATES names; `user_table` says which.
`docs/cost.md` shows every key.

Here a user's mistake raises `RatesError`. Who must not raise catches it and goes by the public list.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_claude.rates import (
    MOST_RATE,
    TABLE_DATE,
    Overrides,
    RateRow,
    Rates,
    bands_on,
    listed_rows,
    model_key,
)
from otel_claude.user_table import HOME, UserTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VARIABLE: Final = "OTEL_CLAUDE_RATES"
TABLE: Final = f"{HOME}.rates"

_KEYS: Final = ("dated", "discount", "multiplier", "models", "rows", "checked")
_RATES: Final = Rates._fields
_REQUIRED: Final = ("input", "output")
_MODEL_KEYS: Final = ("discount", "multiplier", *_RATES)
_ROW_KEYS: Final = ("model", "valid_from", "valid_until", *_RATES, "over_prompt_tokens", "speed", "source")


class RatesError(ValueError):
    """A rates table cannot be used. The message names the file, the key and what to write instead."""


_TABLE: Final = UserTable(TABLE, VARIABLE, "rates", RatesError)


class UserRates(NamedTuple):
    """What a rates table says."""

    overrides: Overrides
    file: Path
    """Absolute."""

    multiplier: float | None
    """What every model's list rates are multiplied by, or `None`."""


def configured() -> UserRates | None:
    """The rates of the user who works in the current directory, or `None` where none are set.

    Raises `RatesError`.
    """
    found = _TABLE.configured()
    return None if found is None else _user_rates(found.content, found.file, found.where)


def load(path: Path) -> UserRates:
    """The rates that the file at `path` sets. Raises `RatesError`."""
    found = _TABLE.load(path)
    return _user_rates(found.content, found.file, found.where)


def _user_rates(document: object, file: Path, where: str) -> UserRates:
    table = _TABLE.keys(document, _KEYS, where)
    listed = _listed(table, where)
    multiplier = _multiplier(table, where)
    models = _TABLE.keys(table.get("models", {}), None, f"{where}: models")
    dated = _date(table, "dated", where)
    rates: dict[str, Rates] = {}
    multipliers = {} if multiplier is None else {"*": multiplier}
    if models or multipliers:
        if dated is None:
            raise RatesError(
                f"{where}: needs `dated`, the first day (UTC) on which you pay these rates: dated = 2026-10-01"
            )
        if len({model_key(model_id) for model_id in models}) < len(models):
            raise RatesError(f"{where}: models: two of {', '.join(models)} are the same model")
        for model_id, entry in models.items():
            found = _of_model(entry, model_id, dated, listed, f'{where}: models."{model_id}"')
            if isinstance(found, Rates):
                rates[model_id] = found
            else:
                multipliers[model_id] = found
    overrides = replace(listed, dated=dated or date.min, rates=rates, multipliers=multipliers)
    return UserRates(overrides, file, multiplier)


def _listed(table: Mapping[str, Any], where: str) -> Overrides:
    """The newer rows of the public list."""
    entries = _list(table, "rows", where)
    checked = _date(table, "checked", where)
    if entries and checked is None:
        raise RatesError(f"{where}: rows need `checked`, the day on which you held them against the list")
    if checked is not None and not entries:
        raise RatesError(f"{where}: `checked` is about rows, and there are none")
    rows = tuple(_row(each, f"{where}: rows[{number}]") for number, each in enumerate(entries))
    try:
        return Overrides(rows=rows, rows_checked=checked or TABLE_DATE)
    except ValueError as error:
        raise RatesError(f"{where}: rows: {error}") from None


def _of_model(entry: object, model_id: str, dated: date, listed: Overrides, where: str) -> Rates | float:
    """A model's own rates, or what to multiply the list's by."""
    table = _TABLE.keys(entry, _MODEL_KEYS, where)
    multiplier = _multiplier(table, where)
    rates = {name: _TABLE.number(table, name, where, MOST_RATE) for name in _RATES}
    if any(rate is not None for rate in rates.values()):
        if multiplier is not None:
            raise RatesError(f"{where}: give either rates or a discount, not both")
        return _completed(rates, model_id, dated, listed, where)
    if multiplier is None:
        raise RatesError(f"{where}: says nothing; give a discount, or input and output in USD per MTok")
    return multiplier


def _completed(
    own: Mapping[str, float | None], model_id: str, dated: date, listed: Overrides, where: str
) -> Rates:
    """`own`, with the list's rates of the day `dated` for what it leaves out of the cache's."""
    _required(own, where)
    bands = bands_on(model_id, dated, "standard", listed) if listed_rows(model_id, listed) else ()
    base = bands[-1].row.rates if bands else None
    return Rates(
        **{  # type: ignore[arg-type]
            name: own[name] if own[name] is not None or base is None else getattr(base, name)
            for name in _RATES
        }
    )


def _row(entry: object, where: str) -> RateRow:
    keys = _TABLE.keys(entry, _ROW_KEYS, where)
    model = _text(keys, "model", where)
    starts, ends = _date(keys, "valid_from", where), _date(keys, "valid_until", where)
    if model is None or starts is None:
        raise RatesError(f"{where}: needs `model` and `valid_from`, its first day (UTC)")
    if ends is not None and ends <= starts:
        raise RatesError(f"{where}: valid_until: {ends} is not after valid_from, {starts}")
    rates = {name: _TABLE.number(keys, name, where, MOST_RATE) for name in _RATES}
    _required(rates, where)
    over = keys.get("over_prompt_tokens", 0)
    if type(over) is not int or over < 0:
        raise RatesError(f"{where}: over_prompt_tokens: {over!r} is no number of tokens")
    speed = _text(keys, "speed", where) or "standard"
    if speed not in {"standard", "fast"}:
        raise RatesError(f"{where}: speed: {speed!r} is neither standard nor fast")
    return RateRow(
        model,
        Rates(**rates),  # type: ignore[arg-type]
        starts,
        _text(keys, "source", where) or "the user's rates",
        ends,
        over,
        "fast" if speed == "fast" else "standard",
    )


def _required(rates: Mapping[str, float | None], where: str) -> None:
    for name in _REQUIRED:
        if rates[name] is None:
            raise RatesError(f"{where}: needs `{name}`, in USD per million tokens")


def _list(table: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise RatesError(f"{where}: {key} must be an array of tables: [[{key}]]")
    return value


def _multiplier(table: Mapping[str, Any], where: str) -> float | None:
    discount = _TABLE.number(table, "discount", where)
    multiplier = _TABLE.number(table, "multiplier", where, MOST_RATE)
    if discount is None:
        return multiplier
    if multiplier is not None:
        raise RatesError(f"{where}: give either discount or multiplier, not both")
    if discount > 1:
        raise RatesError(f"{where}: discount: {discount} is more than the whole; 15 % off the list is 0.15")
    return round(1 - discount, 12)


def _date(table: Mapping[str, Any], key: str, where: str) -> date | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise RatesError(f"{where}: {key}: {value!r} is no date; write it without quotes: 2026-10-01")
    return value


def _text(table: Mapping[str, Any], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is not None and not (isinstance(value, str) and value):
        raise RatesError(f"{where}: {key}: {value!r} is no text")
    return value
