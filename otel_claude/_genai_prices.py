"""Rows of rates out of the genai-prices package, for models that the table does not have."""

from __future__ import annotations

from datetime import datetime, time, timezone
from typing import TYPE_CHECKING, Final

from otel_claude._rate_table import RateRow, Rates, Speed
from otel_claude.first_use import first_use

if TYPE_CHECKING:
    from datetime import date

    from genai_prices.types import ModelPrice

_COMPONENTS: Final = (
    "input_mtok",
    "cache_write_mtok",
    "cache_write_1h_mtok",
    "cache_read_mtok",
    "output_mtok",
)
"""The names in genai-prices of the fields of `Rates`, in their order."""


def rows(model_id: str, day: date, speed: Speed) -> tuple[str, tuple[RateRow, ...]]:
    """The version of genai-prices, and the rows that it has for `model_id` on `day`, the longest prompts
    first.

    The package finds models by prefixes too, so that `claude-opus-4-10` would get the rates of 4.1: an answer
    counts only if it is for the very model that was asked for. Whatever fails in there, there are no rows.
    The first question imports the package, which takes 0.2 s.
    """
    try:
        with first_use:
            from genai_prices import __version__, data_snapshot, types  # noqa: F401 - used below

            snapshot = data_snapshot.get_snapshot()  # which imports the data
        _, info = snapshot.find_provider_model(model_id, None, "anthropic", None)
        if info.id != model_id:
            return __version__, ()
        at = datetime.combine(day, time(), timezone.utc)
        prices = info.get_prices(at, {"speed": "fast"}) if speed == "fast" else info.get_prices(at)
        return __version__, _rows_of(prices, model_id, speed, f"genai-prices {__version__}")
    except Exception:  # noqa: BLE001
        return "", ()


def _rows_of(prices: ModelPrice, model_id: str, speed: Speed, source: str) -> tuple[RateRow, ...]:
    from genai_prices.types import TieredPrices

    values = [getattr(prices, name, None) for name in _COMPONENTS]
    starts = {tier.start for value in values if isinstance(value, TieredPrices) for tier in value.tiers}

    def rate(component: int, over: int) -> float | None:
        value = values[component]
        if isinstance(value, TieredPrices):
            reached = [tier.price for tier in value.tiers if tier.start <= over]
            value = reached[-1] if reached and over else value.base
        return None if value is None else float(value)

    found = []
    for over in sorted({0, *starts}, reverse=True):
        input_rate, output_rate = rate(0, over), rate(4, over)
        if input_rate is None or output_rate is None:
            return ()
        rates = Rates(input_rate, rate(1, over), rate(2, over), rate(3, over), output_rate)
        found.append(RateRow(model_id, rates, None, source, over_prompt_tokens=over, speed=speed, sure=False))
    return tuple(found)
