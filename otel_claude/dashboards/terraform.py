"""Honeycomb's board and triggers as Terraform, for the provider `honeycombio/honeycombio` from 0.30 on."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from otel_claude.dashboards import honeycomb

_HEAD: Final = """\
# Claude calls in Honeycomb, definition {digest}. Made by: otel-claude dashboards show terraform

terraform {{
  required_providers {{
    honeycombio = {{
      source  = "honeycombio/honeycombio"
      version = ">= 0.30.0"
    }}
  }}
}}

variable "dataset" {{
  type        = string
  description = "The dataset that the triggers look at: the service.name of the app."
}}

variable "hourly_usd" {{
  type        = number
  description = "The spend in an hour, in USD, above which the first trigger fires."
  default     = {hourly_usd}
}}
"""

DEFAULT_HOURLY_USD: Final = 10.0


def render() -> str:
    """The definition as one file."""
    parts = [_HEAD.format(digest=honeycomb.digest(), hourly_usd=f"{DEFAULT_HOURLY_USD:g}")]
    for alias, (expression, says) in honeycomb.DERIVED_COLUMNS.items():
        parts.append(
            _block(
                "resource",
                ("honeycombio_derived_column", _name(alias)),
                [_set("alias", alias), _set("expression", expression), _set("description", says)],
            )
        )
    parts.extend(part for panel in honeycomb.PANELS for part in _panel(panel))
    parts.append(_board())
    parts.extend(part for trigger in honeycomb.triggers(DEFAULT_HOURLY_USD) for part in _trigger(trigger))
    return "\n".join(parts)


def _panel(panel: honeycomb.Panel) -> list[str]:
    name = _name(panel.name)
    return [
        _specification(name, panel.query()),
        _block(
            "resource",
            ("honeycombio_query", name),
            [f"query_json = data.honeycombio_query_specification.{name}.json"],
        ),
        _block(
            "resource",
            ("honeycombio_query_annotation", name),
            [
                f"query_id    = honeycombio_query.{name}.id",
                _set("name", panel.name),
                _set("description", panel.says),
            ],
        ),
    ]


def _specification(name: str, query: dict[str, Any]) -> str:
    lines = []
    for calculation in query["calculations"]:
        lines += _nested("calculation", {"op": calculation["op"], "column": calculation.get("column")})
    for each in query["filters"]:
        lines += _nested("filter", {"column": each["column"], "op": each["op"], "value": each.get("value")})
    for order in query.get("orders", ()):
        lines += _nested("order", {"op": order["op"], "column": order.get("column"), "order": order["order"]})
    if query.get("breakdowns"):
        lines.append(_set("breakdowns", query["breakdowns"]))
    if "limit" in query:
        lines.append(_set("limit", query["limit"]))
    lines.append(_set("time_range", query["time_range"]))
    # Derived columns have to be there before a query names them.
    derived = sorted({f"honeycombio_derived_column.{_name(alias)}" for alias in honeycomb.DERIVED_COLUMNS})
    lines.append(f"depends_on = [{', '.join(derived)}]")
    return _block("data", ("honeycombio_query_specification", name), lines)


def _board() -> str:
    lines = [
        _set("name", honeycomb.BOARD_NAME),
        _set("description", honeycomb.board([])["description"]),
    ]
    for panel, place in zip(honeycomb.PANELS, honeycomb.positions(), strict=True):
        name = _name(panel.name)
        lines += [
            "panel {",
            '  type = "query"',
            *(f"  {line}" for line in _nested("position", dict(place))),
            "  query_panel {",
            f"    query_id            = honeycombio_query.{name}.id",
            f"    query_annotation_id = honeycombio_query_annotation.{name}.id",
            f'    query_style         = "{panel.style}"',
            "  }",
            "}",
        ]
    return _block("resource", ("honeycombio_flexible_board", "claude"), lines)


def _trigger(trigger: honeycomb.Trigger) -> list[str]:
    name, body = _name(trigger.name), trigger.body()
    is_spend = trigger.above == DEFAULT_HOURLY_USD
    says = trigger.says.replace(f"${trigger.above:g}", "$${var.hourly_usd}") if is_spend else trigger.says
    value = "var.hourly_usd" if is_spend else f"{trigger.above:g}"
    return [
        _specification(name, body["query"]),
        _block(
            "resource",
            ("honeycombio_trigger", name),
            [
                _set("name", trigger.name),
                f'description = "{says}"',
                "dataset = var.dataset",
                f"query_json = data.honeycombio_query_specification.{name}.json",
                _set("frequency", trigger.frequency),
                _set("alert_type", body["alert_type"]),
                "threshold {",
                f'  op = "{body["threshold"]["op"]}"',
                f"  value = {value}",
                "}",
            ],
        ),
    ]


def _block(kind: str, labels: tuple[str, str], lines: list[str]) -> str:
    head = f'{kind} "{labels[0]}" "{labels[1]}" {{'
    return "\n".join([head, *(f"  {line}" for line in lines), "}"]) + "\n"


def _nested(kind: str, values: dict[str, Any]) -> list[str]:
    return [
        f"{kind} {{",
        *(f"  {_set(key, value)}" for key, value in values.items() if value is not None),
        "}",
    ]


def _set(key: str, value: object) -> str:
    return f"{key} = {json.dumps(value)}".replace("${", "$${")


def _name(text: str) -> str:
    """What Terraform calls the thing named `text`."""
    return re.sub(r"\W+", "_", text.lower()).strip("_")
