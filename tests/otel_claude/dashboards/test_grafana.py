"""Grafana's dashboard and alerts: every expression is run by a real Prometheus that scraped our real metrics."""

from __future__ import annotations

import json
import re
import subprocess
import time
from contextlib import suppress

import anthropic
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider

import otel_claude
from otel_claude.budgets.limits import Budgets, Limit, Subject
from otel_claude.dashboards import grafana
from otel_claude.simulator import Simulator
from tests.receivers import prometheus
from tests.receivers.silence import free_port

pytestmark = pytest.mark.receiver

WINDOW = "20s"
HANDBOOK = "handbook. " * 1000
READS, PLAIN, FAILED, UNKNOWN, CHANGED = 6, 4, 2, 3, 3
"""How many calls of each kind are made between two scrapes."""

ALL = READS + PLAIN + FAILED + UNKNOWN + CHANGED
PASSED = 4
"""How many of the `READS`, each a task of its own, end well. The others do not."""

BUDGET_USD = 0.01
"""What may be spent on `notes` in a day."""

READ_USD = (4 * 2 + 2500 * 0.10 + 15 * 10) / 1e6
"""What a call of `support` costs on Sonnet 5.5: $2 a million for input, $0.10 for cache reads, $10 for output."""

CHANGED_USD = (4 * 2 + 2500 * 2.50 + 15 * 10) / 1e6
"""What a call of `notes` costs on Sonnet 5.5, which writes $2.50 a million to the cache and reads none."""

PLAIN_USD = (4 * 0.10 + 15 * 0.50) / 1e6
"""What a call of `triage` costs on Haiku 5.5: $0.10 and $0.50."""

NEARLY = 0.02
"""How far Prometheus is off in relation to the truth: it extends what it saw to the edges of the window, each series
a little differently."""


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    """A Prometheus that has seen `calls()` twice: the first time before it knew the counters."""
    reader = pytest.importorskip("opentelemetry.exporter.prometheus").PrometheusMetricReader()
    from prometheus_client import start_http_server

    port = free_port()
    served, _ = start_http_server(port, "127.0.0.1")
    otel_claude.instrument(
        tracer_provider=TracerProvider(),
        meter_provider=MeterProvider([reader]),
        summary=False,
        budgets=Budgets((Limit(Subject("feature", "notes"), "day", BUDGET_USD),)),
    )
    try:
        with Simulator(output_tokens=15) as sim:
            calls(sim)
            with prometheus.scraping(f"127.0.0.1:{port}", tmp_path_factory.mktemp("prometheus")) as server:
                server.wait_for(f"sum({grafana.CALLS})", ALL)
                served_calls = calls(sim)
                server.wait_for(f"sum({grafana.CALLS})", 2 * ALL)
                # Of very few samples, Prometheus extends one series more than another.
                server.wait_for(f"min(count_over_time({grafana.CALLS}[{WINDOW}])) >= bool 12", 1)
                server.now = time.time()
                yield server, served_calls
    except prometheus.UnavailableError as error:
        pytest.skip(f"no Prometheus here: {error}")
    finally:
        otel_claude.uninstrument()
        served.shutdown()


def calls(sim):
    """Makes the calls, and returns the ledger's entries for them."""
    before = len(sim.ledger)
    client = anthropic.Anthropic(api_key="k", base_url=sim.url, max_retries=0)
    hello = [{"role": "user", "content": "hello, Claude!"}]
    system = [{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}]
    with otel_claude.feature("support"):
        for number in range(READS):
            with otel_claude.task("answer", unit="ticket") as run:
                client.messages.create(
                    model="claude-sonnet-5-5", max_tokens=64, system=system, messages=hello
                )
                run.record(passed=number < PASSED)
    with otel_claude.feature("notes"):
        for number in range(before, before + CHANGED):
            text = f"{number:08}{HANDBOOK[8:]}"
            changed = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
            client.messages.create(model="claude-sonnet-5-5", max_tokens=64, system=changed, messages=hello)
    with otel_claude.feature("triage"):
        for _ in range(PLAIN):
            client.messages.create(model="claude-haiku-5-5", max_tokens=64, messages=hello)
        for _ in range(FAILED):
            with suppress(anthropic.APIStatusError):
                client.messages.create(
                    model="claude-haiku-5-5",
                    max_tokens=64,
                    messages=hello,
                    extra_headers={"x-simulate": "error=529"},
                )
    for _ in range(UNKNOWN):
        client.messages.create(model="claude-next-9", max_tokens=64, messages=hello)
    return list(sim.ledger)[before:]


def filled(expr):
    """`expr` as Grafana sends it: all features and models, and windows that fit the time that a test has."""
    for variable, value in {
        "$feature": ".*",
        "$model": ".*",
        "$__range": WINDOW,
        "$__rate_interval": WINDOW,
        "[1h]": f"[{WINDOW}]",
    }.items():
        expr = expr.replace(variable, value)
    assert "$" not in expr
    return expr


def panel(server, title, number=0):
    (found,) = [each for each in grafana.PANELS if each.title == title]
    return server.query(filled(found.queries[number].expr))


def a_call(server, title):
    """The value of a panel, divided by all calls."""
    (found,) = [each for each in grafana.PANELS if each.title == title]
    (value,) = server.query(
        f"({filled(found.queries[0].expr)}) / sum(increase({grafana.CALLS}[{WINDOW}]))"
    ).values()
    return value


def by(label, vector):
    return {dict(labels).get(label): value for labels, value in vector.items()}


def ratio(vector):
    return {key: pytest.approx(value, rel=NEARLY) for key, value in vector.items()}


EXPRESSIONS = [(each.title, query.expr) for each in grafana.PANELS for query in each.queries]


@pytest.mark.parametrize(("title", "expr"), EXPRESSIONS)
def test_every_expression_has_a_value(scraped, title, expr):
    server, _ = scraped
    found = server.query(filled(expr))
    assert found, title
    assert all(value == value for value in found.values()), title


def test_sums_and_shares_are_those_that_were_computed_by_hand(scraped):
    server, ledger = scraped
    cached = [call for call in ledger if call.model == "claude-sonnet-5-5"]
    assert [call.usage["cache_read_input_tokens"] for call in cached] == [2500] * READS + [0] * CHANGED
    assert [call.usage["cache_creation_input_tokens"] for call in cached] == [0] * READS + [2500] * CHANGED
    total = READS * READ_USD + CHANGED * CHANGED_USD + PLAIN * PLAIN_USD
    assert a_call(server, "Spend") == pytest.approx(total / ALL, rel=NEARLY)
    spent = by(grafana.FEATURE, panel(server, "Dearest features"))
    assert spent["support"] / spent["triage"] == pytest.approx(
        READS * READ_USD / (PLAIN * PLAIN_USD), rel=NEARLY
    )
    each = by(grafana.FEATURE, panel(server, "USD a call"))
    assert each == ratio({"support": READ_USD, "triage": PLAIN_USD, "notes": CHANGED_USD})
    models = by(grafana.MODEL, panel(server, "Spend by model"))
    assert set(models) == {"claude-sonnet-5-5", "claude-haiku-5-5"}


def test_the_share_read_from_the_cache_is_of_all_input(scraped):
    server, _ = scraped
    hits = by(grafana.FEATURE, panel(server, "Read from cache, by feature"))
    assert hits["support"] == pytest.approx(2500 / 2504, rel=NEARLY)
    assert hits["triage"] == 0
    (whole,) = panel(server, "Read from cache").values()
    everything = (READS + CHANGED) * 2504 + (PLAIN + UNKNOWN) * 4
    assert whole == pytest.approx(READS * 2500 / everything, rel=NEARLY)


def test_a_task_that_passed_costs_what_all_of_its_name_did(scraped):
    server, _ = scraped
    costs = by(grafana.TASK, panel(server, "USD a passed task"))
    assert costs == ratio({"answer": READS * READ_USD / PASSED})
    assert by(grafana.TASK, panel(server, "Tasks that passed")) == ratio({"answer": PASSED / READS})


def test_misses_are_told_apart_by_their_reason(scraped):
    server, _ = scraped
    misses = by(grafana.MISS_REASON, panel(server, "Why the cache missed"))
    (calls,) = server.query(f"sum(rate({grafana.CALLS}[{WINDOW}]))").values()
    assert misses.pop("system_changed") / (3600 * calls) == pytest.approx(CHANGED / ALL, rel=NEARLY)
    assert {reason for reason, value in misses.items() if value} <= {"first_write"}


def test_what_is_spent_of_a_budget_is_that_of_the_whole_day(scraped):
    server, _ = scraped
    ((labels, used),) = panel(server, "Budgets").items()
    assert dict(labels)[grafana.FEATURE] == "notes"
    assert used == pytest.approx(2 * CHANGED * CHANGED_USD / BUDGET_USD)


def test_failed_and_unpriced_calls_are_told_apart(scraped):
    server, _ = scraped
    (every,) = panel(server, "Calls").values()
    failed = by(grafana.ERROR, panel(server, "Calls", 1))
    assert failed["overloaded_error"] / every == pytest.approx(FAILED / ALL, rel=NEARLY)
    assert a_call(server, "Calls without a price") == pytest.approx(UNKNOWN / ALL, rel=NEARLY)


def test_a_filter_leaves_the_other_features_out(scraped):
    server, _ = scraped
    (spend,) = [each for each in grafana.PANELS if each.title == "Dearest features"]
    chosen = spend.queries[0].expr.replace("$feature", "support|other")
    assert set(by(grafana.FEATURE, server.query(filled(chosen)))) == {"support"}


ALERT_CASES = {
    "ClaudeSpendDoubled": ({grafana.COST: "0+0.001x1440 1.44+0.1x600"}, {grafana.COST: "0+0.1x2040"}),
    "ClaudeCacheStoppedHitting": (
        {
            f'{grafana.TOKENS}{{{grafana.FEATURE}="a",kind="cache_read"}}': "0+9000x1440 12960000+0x600",
            f'{grafana.TOKENS}{{{grafana.FEATURE}="a",kind="cache_write_5m"}}': "0+1000x1440 1440000+9000x600",
        },
        {
            f'{grafana.TOKENS}{{{grafana.FEATURE}="a",kind="cache_read"}}': "0+9000x2040",
            f'{grafana.TOKENS}{{{grafana.FEATURE}="a",kind="cache_write_5m"}}': "0+5000x2040",
        },
    ),
    "ClaudeCallsUnpriced": (
        {f'{grafana.CALLS}{{{grafana.STATUS}="unpriced"}}': "0+1x2040"},
        {f'{grafana.CALLS}{{{grafana.STATUS}="exact"}}': "0+1x2040"},
    ),
    "ClaudeBudgetNearlySpent": (
        {f'{grafana.BUDGET_USED}{{otel_claude_budget_subject="all"}}': "0+0.0006x2040"},
        {f'{grafana.BUDGET_USED}_ratio{{otel_claude_budget_subject="all"}}': "0.8+0x2040"},
    ),
    "ClaudeSeriesOverflow": (
        {f'{grafana.CALLS}{{{grafana.MODEL}="__overflow__"}}': "0+1x2040"},
        {f'{grafana.CALLS}{{{grafana.MODEL}="claude-haiku-5-5"}}': "0+1x2040"},
    ),
}
"""For each alert, series by the minute for which it fires after a day and ten hours, and series for which not."""


@pytest.mark.parametrize("alert", grafana.ALERTS, ids=lambda alert: alert.name)
def test_every_alert_fires_when_it_should_and_only_then(alert, tmp_path):
    try:
        promtool = prometheus.installed() / "promtool"
    except prometheus.UnavailableError as error:
        pytest.skip(f"no Prometheus here: {error}")
    (tmp_path / "alerts.yml").write_text(grafana.alerts())
    for fires, series in zip((True, False), ALERT_CASES[alert.name], strict=True):
        test = {
            "rule_files": ["alerts.yml"],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [{"series": name, "values": values} for name, values in series.items()],
                    "promql_expr_test": [
                        {
                            "expr": f'count(ALERTS{{alertname="{alert.name}",alertstate="firing"}}) or vector(0)',
                            "eval_time": "26h",
                            "exp_samples": [{"value": 1 if fires else 0}],
                        }
                    ],
                }
            ],
        }
        (tmp_path / "test.yml").write_text(json.dumps(test))
        done = subprocess.run(
            [promtool, "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_panels_do_not_overlap_and_fill_their_rows():
    places = [panel["gridPos"] for panel in json.loads(grafana.dashboard())["panels"]]
    cells = [
        (x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])
    ]
    assert len(cells) == len(set(cells))
    assert {x for x, _ in cells} == set(range(24))


def test_every_variable_of_an_expression_is_one_of_the_dashboards_or_grafanas_own():
    dashboard = json.loads(grafana.dashboard())
    known = {variable["name"] for variable in dashboard["templating"]["list"]} | {
        "__range",
        "__rate_interval",
    }
    text = json.dumps(dashboard["panels"])
    assert set(re.findall(r"\$\{?(\w+)", text)) <= known
