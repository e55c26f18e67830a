"""A dashboard and alerts for Grafana, over the metrics as Prometheus has them.

Names follow what OpenTelemetry's exporters make of ours: dots become underscores,
units and `total` are put behind. Every query leaves out no call: one without a feature has no such label, which the
patterns of the variables match too. Prometheus sees a counter only from its first scrape on, so what a process spent
before that is not in any `increase`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from otel_claude import attributes as names

VERSION: Final = 2
"""Counts up with each change that a user would see."""

UID: Final = "otel-claude"


def _label(attribute: str) -> str:
    return attribute.replace(".", "_")


COST: Final = f"{_label(names.METRIC_COST)}_USD_total"
TOKENS: Final = f"{_label(names.METRIC_TOKENS)}_total"
DURATION: Final = f"{_label(names.METRIC_DURATION)}_seconds"
MISSES: Final = f"{_label(names.METRIC_CACHE_MISSES)}_total"
TASKS_FINISHED: Final = f"{_label(names.METRIC_TASKS_FINISHED)}_total"
BUDGET_USED: Final = _label(names.METRIC_BUDGET_USED)
"""Other translators than the exporter for Python put `_ratio` behind it."""

FEATURE: Final = _label(names.FEATURE)
TASK: Final = _label(names.TASK_NAME)
MISS_REASON: Final = _label(names.CACHE_MISS_REASON)
BUDGET: Final = (
    _label(names.BUDGET_SUBJECT),
    _label(names.FEATURE),
    _label(names.TASK_NAME),
    _label(names.BUDGET_PERIOD),
)
"""What tells budgets apart."""

MODEL: Final = _label(names.REQUEST_MODEL)
STATUS: Final = _label(names.COST_STATUS)
ERROR: Final = _label(names.ERROR_TYPE)

CALLS: Final = f"{DURATION}_count"
CHOSEN: Final = (f'{FEATURE}=~"$feature"', f'{MODEL}=~"$model"')
"""What the variables of the dashboard leave in."""

_FEATURE_CHOSEN: Final = CHOSEN[0]
"""For what has no model: a task may call several."""

_IN_TASK: Final = f'{TASK}!=""'
_PASSED: Final = f'{_label(names.TASK_PASSED)}="true"'
_JUDGED: Final = f'{_label(names.TASK_PASSED)}=~"true|false"'
_UNPRICED: Final = f'{STATUS}="unpriced"'
_PRICED: Final = f'{STATUS}=~"exact|estimated"'
_FAILED: Final = f'{ERROR}!=""'
_CACHE_READ: Final = f'{names.TOKEN_KIND}="cache_read"'
_CACHE_WRITE: Final = f'{names.TOKEN_KIND}=~"cache_write.*"'
_INPUT: Final = f'{names.TOKEN_KIND}!="output"'

_SCRAPE: Final = "$__rate_interval"
_RANGE: Final = "$__range"


def _sum(function: str, metric: str, window: str, *matchers: str, by: str = "", offset: str = "") -> str:
    grouped = f" by ({by}) " if by else ""
    before = f" offset {offset}" if offset else ""
    return f"sum{grouped}({function}({metric}{{{','.join(matchers)}}}[{window}]{before}))"


def _increase(metric: str, window: str, *matchers: str, by: str = "", offset: str = "") -> str:
    return _sum("increase", metric, window, *matchers, by=by, offset=offset)


def _rate(metric: str, *matchers: str, by: str = "", window: str = _SCRAPE) -> str:
    return _sum("rate", metric, window, *CHOSEN, *matchers, by=by)


def _a_passed_task(window: str) -> str:
    """What one task that passed costs, by task: what all of its name cost, those that failed too."""
    spent = _increase(COST, window, _FEATURE_CHOSEN, _IN_TASK, by=TASK)
    return f"{spent} / ({_increase(TASKS_FINISHED, window, _FEATURE_CHOSEN, _PASSED, by=TASK)} > 0)"


def _share_passed(window: str) -> str:
    """The share of the tasks with a verdict that passed, by task; 0 where none ever did."""
    passed = _increase(TASKS_FINISHED, window, _FEATURE_CHOSEN, _PASSED, by=TASK)
    judged = _increase(TASKS_FINISHED, window, _FEATURE_CHOSEN, _JUDGED, by=TASK)
    return f"({passed} or 0 * {judged}) / {judged}"


def _budgets_used() -> str:
    """The share of each budget that is spent, of the process that spent most: each counts for itself."""
    return f"""max by ({", ".join(BUDGET)}) ({{__name__=~"{BUDGET_USED}(_ratio)?"}})"""


def _hit_ratio(window: str, *matchers: str, by: str = "") -> str:
    """The share of input tokens that was read from the cache; 0 where nothing ever was, and there is no such series."""
    read = _increase(TOKENS, window, *matchers, _CACHE_READ, by=by)
    whole = _increase(TOKENS, window, *matchers, _INPUT, by=by)
    return f"({read} or 0 * {whole}) / {whole}"


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, with the label that tells its series apart."""

    expr: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: 24 columns are a row."""

    title: str
    says: str
    kind: Literal["stat", "timeseries", "bargauge"]
    unit: str
    width: int
    queries: tuple[Query, ...]
    is_stacked: bool = False
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that fires when `expr` has had a value for so long."""

    name: str
    expr: str
    minutes: int
    summary: str
    what_to_do: str
    severity: Literal["warning", "critical"] = "warning"


PANELS: Final[tuple[Panel, ...]] = (
    Panel(
        "Spend",
        "USD in the chosen time.",
        "stat",
        "currencyUSD",
        6,
        (Query(_increase(COST, _RANGE, *CHOSEN)),),
        decimals=2,
    ),
    Panel(
        "Run rate",
        "What the last hour comes to in 30 days, in USD.",
        "stat",
        "currencyUSD",
        6,
        (Query(f"{_rate(COST, window='1h')} * 30 * 86400"),),
        decimals=0,
    ),
    Panel(
        "Read from cache",
        "The share of input tokens that was read from the cache.",
        "stat",
        "percentunit",
        6,
        (Query(_hit_ratio(_RANGE, *CHOSEN)),),
        decimals=0,
    ),
    Panel(
        "Calls without a price",
        "Their cost is in no sum here: a model that is not known, or a body that nobody read.",
        "stat",
        "short",
        6,
        (Query(f"{_increase(CALLS, _RANGE, *CHOSEN, _UNPRICED)} or vector(0)"),),
        decimals=0,
    ),
    Panel(
        "Spend by feature",
        "USD an hour. Calls outside every feature have no name.",
        "timeseries",
        "currencyUSD",
        12,
        (Query(f"{_rate(COST, by=FEATURE)} * 3600", FEATURE),),
        is_stacked=True,
    ),
    Panel(
        "Spend by model",
        "USD an hour, by the model that was asked for.",
        "timeseries",
        "currencyUSD",
        12,
        (Query(f"{_rate(COST, by=MODEL)} * 3600", MODEL),),
        is_stacked=True,
    ),
    Panel(
        "Dearest features",
        "USD in the chosen time.",
        "bargauge",
        "currencyUSD",
        12,
        (Query(f"topk(10, {_increase(COST, _RANGE, *CHOSEN, by=FEATURE)})", FEATURE),),
        decimals=2,
    ),
    Panel(
        "USD a call",
        "What one call costs on average, by feature.",
        "timeseries",
        "currencyUSD",
        12,
        (Query(f"{_rate(COST, by=FEATURE)} / {_rate(CALLS, _PRICED, by=FEATURE)}", FEATURE),),
    ),
    Panel(
        "Read from cache, by feature",
        "The share of input tokens that was read from the cache. A feature that writes to the cache and stays at 0 "
        "writes what nobody reads.",
        "timeseries",
        "percentunit",
        12,
        (Query(_hit_ratio(_SCRAPE, *CHOSEN, by=FEATURE), FEATURE),),
    ),
    Panel(
        "Tokens by kind",
        "Tokens a second: uncached input, cache reads, cache writes for 5 minutes and 1 hour, output.",
        "timeseries",
        "short",
        12,
        (Query(_rate(TOKENS, by=names.TOKEN_KIND), names.TOKEN_KIND),),
        is_stacked=True,
    ),
    Panel(
        "Why the cache missed",
        "Calls an hour that wrote what they might have read, by the reason. A first write is none that was lost.",
        "timeseries",
        "short",
        12,
        (Query(f"{_rate(MISSES, by=MISS_REASON)} * 3600", MISS_REASON),),
        is_stacked=True,
    ),
    Panel(
        "USD a passed task",
        "What all tasks of a name cost, over those that passed, in the chosen time. Of all models.",
        "bargauge",
        "currencyUSD",
        12,
        (Query(f"topk(10, {_a_passed_task(_RANGE)})", TASK),),
        decimals=4,
    ),
    Panel(
        "Tasks that passed",
        "The share of those with a verdict, by task.",
        "timeseries",
        "percentunit",
        12,
        (Query(_share_passed(_SCRAPE), TASK),),
    ),
    Panel(
        "Budgets",
        "The share of each budget that is spent in its hour, day or month, by the process that spent most of it.",
        "bargauge",
        "percentunit",
        12,
        (Query(_budgets_used()),),
        decimals=0,
    ),
    Panel(
        "Calls",
        "Calls a second, and those that failed, by the kind of error.",
        "timeseries",
        "reqps",
        12,
        (Query(_rate(CALLS)), Query(_rate(CALLS, _FAILED, by=ERROR), ERROR)),
    ),
    Panel(
        "Duration",
        "Half of the calls, and 19 of 20, end within this time.",
        "timeseries",
        "s",
        12,
        tuple(
            Query(f"histogram_quantile({quantile}, {_rate(f'{DURATION}_bucket', by='le')})")
            for quantile in (0.5, 0.95)
        ),
    ),
)

_HOUR: Final = "1h"

ALERTS: Final[tuple[Alert, ...]] = (
    Alert(
        "ClaudeSpendDoubled",
        f"{_increase(COST, _HOUR)} > 2 * {_increase(COST, _HOUR, offset='1d')} "
        f"and {_increase(COST, _HOUR)} > 1",
        15,
        "Claude calls cost twice what they cost at this time yesterday, and more than $1 an hour.",
        "Look at the panel Spend by feature, then at otel-claude report --by callsite.",
        "critical",
    ),
    Alert(
        "ClaudeCacheStoppedHitting",
        f"{_hit_ratio(_HOUR, by=FEATURE)} < 0.5 * ({_hit_ratio('1d', by=FEATURE)}) "
        f"and {_increase(TOKENS, _HOUR, _CACHE_WRITE, by=FEATURE)} > 100000",
        30,
        "A feature reads less than half of its usual share of input from the cache, and writes more than 100,000 "
        "tokens an hour to it.",
        "Something changed before a breakpoint: run otel-claude lint on the last deploy.",
    ),
    Alert(
        "ClaudeCallsUnpriced",
        f"{_increase(CALLS, _HOUR, _UNPRICED, by=MODEL)} > 0",
        60,
        "Calls have no price, so what is spent on them is in no sum.",
        "Upgrade otel-claude, or set the model's rates in [tool.otel-claude.rates].",
    ),
    Alert(
        "ClaudeBudgetNearlySpent",
        f"{_budgets_used()} > 0.9",
        5,
        "More than 90 % of a budget is spent.",
        "Look at the panel Spend by feature; where the budget enforces, calls stop at 100 %.",
    ),
    Alert(
        "ClaudeSeriesOverflow",
        f"""{_increase(CALLS, _HOUR, f'{MODEL}="__overflow__"')} > 0""",
        60,
        "There are more combinations of feature, model and tags than series.",
        "Take values without bound, such as ids, out of the names of features.",
    ),
)


def dashboard() -> str:
    """The dashboard, as the JSON that Grafana imports. It asks for the Prometheus to read from."""
    place = _Places()
    panels = [_panel(number, panel, place.next(panel)) for number, panel in enumerate(PANELS, 1)]
    return _json(
        {
            "uid": UID,
            "title": "Claude calls",
            "description": "What calls of Claude cost, by feature and model, and what the cache saves.",
            "tags": ["claude", "otel-claude"],
            "version": VERSION,
            "schemaVersion": 39,
            "timezone": "utc",
            "refresh": "1m",
            "time": {"from": "now-24h", "to": "now"},
            "templating": {
                "list": [
                    {
                        "name": "datasource",
                        "type": "datasource",
                        "query": "prometheus",
                        "label": "Prometheus",
                    },
                    _variable("feature", FEATURE),
                    _variable("model", MODEL),
                ]
            },
            "annotations": {"list": []},
            "panels": panels,
        }
    )


def alerts() -> str:
    """The alerts, as rules of Prometheus in JSON, which is YAML too; Grafana's Mimir takes the same."""
    rules = [
        {
            "alert": alert.name,
            "expr": alert.expr,
            "for": f"{alert.minutes}m",
            "labels": {"severity": alert.severity},
            "annotations": {"summary": alert.summary, "description": alert.what_to_do},
        }
        for alert in ALERTS
    ]
    return _json({"groups": [{"name": UID, "rules": rules}]})


@dataclass(slots=True)
class _Places:
    """Places on the dashboard's grid, row after row."""

    x: int = 0
    y: int = 0
    _height: int = field(default=0)

    def next(self, panel: Panel) -> dict[str, int]:
        height = 4 if panel.kind == "stat" else 8
        if self.x + panel.width > 24:
            self.x, self.y = 0, self.y + self._height
        place = {"x": self.x, "y": self.y, "w": panel.width, "h": height}
        self.x += panel.width
        self._height = height
        return place


_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit}
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.is_stacked:
        defaults["custom"] = {"stacking": {"mode": "normal"}, "fillOpacity": 30}
    return {
        "id": number,
        "title": panel.title,
        "description": panel.says,
        "type": panel.kind,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": query.expr,
                "legendFormat": f"{{{{{query.label}}}}}" if query.label else "__auto",
                "instant": panel.kind != "timeseries",
                "range": panel.kind == "timeseries",
            }
            for index, query in enumerate(panel.queries)
        ],
    }


def _variable(name: str, label: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": f"label_values({DURATION}_count, {label})", "refId": name},
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
