"""The charts of the page, as Vega-Lite specifications (v6). Colours and fonts are the page's: see `style.css`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"

MOST_COLOURS: Final = 8
"""How many features have a colour of their own; the dearest do."""

OTHERS: Final = "all others"

_TOKEN_KINDS: Final = ("read from cache", "written to cache", "not cached")

Rows = list[dict[str, Any]]


def spend(rows: Rows, unit: str, features: Sequence[str]) -> dict[str, Any]:
    """USD over time, stacked by feature. `rows` have `time` (ISO, UTC), `feature` and `usd`; `unit` is day or hour."""
    return _chart(
        f"What calls cost, by feature, {unit} by {unit}.",
        rows,
        {
            "mark": {"type": "bar", "cornerRadius": 1},
            "encoding": {
                "x": {
                    "field": "time",
                    "type": "temporal",
                    "timeUnit": "utcyearmonthdate" if unit == "day" else "utcyearmonthdatehours",
                    "title": None,
                    "axis": {"format": "%b %d" if unit == "day" else "%H:%M", "labelOverlap": True},
                },
                "y": {"field": "usd", "type": "quantitative", "title": "USD", "axis": {"format": "$,.4~f"}},
                "color": {
                    "field": "feature",
                    "type": "nominal",
                    "title": None,
                    "scale": {"domain": list(features)},
                    "legend": {"orient": "bottom", "labelLimit": 160},
                },
                "order": {"field": "usd", "sort": "descending"},
                "tooltip": [
                    {"field": "time", "type": "temporal", "title": "UTC", "format": "%Y-%m-%d %H:%M"},
                    {"field": "feature", "type": "nominal"},
                    {"field": "usd", "type": "quantitative", "title": "USD", "format": "$,.4f"},
                ],
            },
        },
        height=260,
    )


def cache(rows: Rows) -> dict[str, Any]:
    """Where input came from, by feature, as shares. `rows` have `feature`, `kind` and `tokens`."""
    features = len({row["feature"] for row in rows})
    return _chart(
        "The share of each feature's input tokens that was read from the cache, written to it, and not cached.",
        rows,
        {
            "mark": {"type": "bar", "cornerRadius": 1},
            "encoding": {
                "y": {"field": "feature", "type": "nominal", "title": None, "sort": None},
                "x": {
                    "field": "tokens",
                    "type": "quantitative",
                    "stack": "normalize",
                    "title": "share of input tokens",
                    "axis": {"format": "%", "tickCount": {"expr": "width < 320 ? 2 : 5"}},
                },
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "title": None,
                    "scale": {"domain": list(_TOKEN_KINDS), "range": ["#2a9d6f", "#d9822b", "#8a94a6"]},
                    "legend": {"orient": "bottom", "labelLimit": 160},
                },
                "tooltip": [
                    {"field": "feature", "type": "nominal"},
                    {"field": "kind", "type": "nominal"},
                    {"field": "tokens", "type": "quantitative", "format": ","},
                ],
            },
        },
        height=28 * features + 110,
    )


def token_rows(feature: str, *, read: int, written: int, uncached: int) -> Rows:
    """The rows of one feature for `cache`."""
    counts = (read, written, uncached)
    return [
        {"feature": feature, "kind": kind, "tokens": count}
        for kind, count in zip(_TOKEN_KINDS, counts, strict=True)
    ]


def _chart(says: str, rows: Rows, chart: dict[str, Any], height: int) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "description": says,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": rows},
        **chart,
    }
