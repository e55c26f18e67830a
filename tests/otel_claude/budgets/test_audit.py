"""Budgets of real calls: what is counted, told and refused, with the real SDK over loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading

import anthropic
import pytest
from opentelemetry import _logs
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

import otel_claude
from otel_claude import BudgetExceededError, feature
from otel_claude import attributes as names
from otel_claude.budgets import alerts, audit
from otel_claude.budgets.limits import Budgets, HitRatio, Limit, Subject
from otel_claude.simulator import Simulator
from tests.otel_claude.sdk.in_memory import tracing
from tests.receivers.programs import SUPPORT, Project

USD = 0.000248
"""What a call of `ASK` costs on Sonnet 5.5: 4 tokens at $2 a million and 24 of output at $10."""

ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hello, Claude!"}],
}
SEARCH = Subject("feature", "search")


@pytest.fixture(scope="module")
def sim():
    with Simulator() as one:
        yield one


@pytest.fixture
def client(sim):
    with anthropic.Anthropic(api_key="k", base_url=sim.url, max_retries=0) as one:
        yield one


class Told:
    """Alerts as they come, which can be waited for."""

    def __init__(self):
        self.alerts = []
        self._came = threading.Condition()

    def __call__(self, alert):
        with self._came:
            self.alerts.append(alert)
            self._came.notify_all()

    def wait_for(self, count):
        with self._came:
            assert self._came.wait_for(lambda: len(self.alerts) >= count, timeout=20)
        return self.alerts


@pytest.fixture
def told():
    return Told()


def limited(*limits, **more):
    return Budgets(tuple(limits), **more)


def ask(client, name="search", **more):
    with feature(name):
        return client.messages.create(**ASK, **more)


def test_an_alert_comes_while_the_program_runs_as_warning_record_and_call(client, told, caplog):
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    before = _logs._internal._LOGGER_PROVIDER
    _logs._internal._LOGGER_PROVIDER = provider
    try:
        with (
            caplog.at_level(logging.WARNING, "otel_claude"),
            tracing(budgets=limited(Limit(SEARCH, "day", 2 * USD)), on_budget=told),
        ):
            ask(client)
            (alert,) = told.wait_for(1)
            assert alert.threshold == 0.5
            assert alert.spent_usd == pytest.approx(USD)
            ask(client, "other")
            ask(client)
            assert told.wait_for(2)[1].threshold == 1.0
    finally:
        _logs._internal._LOGGER_PROVIDER = before
    said = [record.message for record in caplog.records]
    assert [text.startswith("otel-claude: feature search: $0.0") for text in said] == [True, True]
    first, _ = exporter.get_finished_logs()
    record = first.log_record
    assert record.event_name == names.EVENT_BUDGET
    assert record.attributes[names.FEATURE] == "search"
    assert record.attributes[names.BUDGET_SPENT] == pytest.approx(USD)


def test_a_spent_budget_refuses_the_next_call_only_where_that_is_asked_for(client, sim):
    with tracing(budgets=limited(Limit(SEARCH, "day", USD / 2, is_enforced=True))) as traced:
        ask(client)
        sent = len(sim.ledger)
        with pytest.raises(BudgetExceededError, match=r"feature search, \$0.000124 a day is spent"):
            ask(client)
        with pytest.raises(BudgetExceededError), feature("search"), client.messages.stream(**ASK):
            pass
        with pytest.raises(BudgetExceededError), feature("search"):
            client.messages.batches.create(requests=[{"custom_id": "1", "params": ASK}])
        assert len(sim.ledger) == sent
        ask(client, "other")
    assert len(traced.spans) == 2
    with tracing(budgets=limited(Limit(SEARCH, "day", USD / 2))):
        ask(client)
        ask(client)


def test_a_refused_coroutine_raises_where_it_is_awaited(sim):
    async def twice():
        async with anthropic.AsyncAnthropic(api_key="k", base_url=sim.url) as client:
            with feature("search"):
                await client.messages.create(**ASK)
                call = client.messages.create(**ASK)
                with pytest.raises(BudgetExceededError):
                    await call

    with tracing(budgets=limited(Limit(Subject(), "hour", USD / 2, is_enforced=True))):
        asyncio.run(twice())


def test_streams_and_results_of_batches_are_counted_once(client):
    with tracing(budgets=limited(Limit(Subject(), "month", 1))) as traced:
        list(ask(client, stream=True))
        with feature("search"):
            batch = client.messages.batches.create(requests=[{"custom_id": "1", "params": ASK}])
            while client.messages.batches.retrieve(batch.id).processing_status != "ended":
                pass
            for _ in range(2):
                list(client.messages.batches.results(batch.id))
        (spent,) = traced.points(names.METRIC_BUDGET_SPENT)
        (used,) = traced.points(names.METRIC_BUDGET_USED)
    assert spent.value == used.value == pytest.approx(1.5 * USD)
    assert dict(spent.attributes) == {names.BUDGET_SUBJECT: "all", names.BUDGET_PERIOD: "month"}


def test_of_many_threads_every_call_is_counted(client):
    def work():
        for _ in range(10):
            ask(client)

    with tracing(budgets=limited(Limit(SEARCH, "month", 1))) as traced:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (point,) = traced.points(names.METRIC_BUDGET_SPENT)
    assert point.value == pytest.approx(80 * USD)


def test_a_falling_hit_ratio_is_told_and_shown(client, told):
    cached = [{"type": "text", "text": "x" * 4 * 2500, "cache_control": {"type": "ephemeral"}}]
    with tracing(budgets=Budgets(hit_ratios=(HitRatio(SEARCH, 0.5, calls=2),)), on_budget=told) as traced:
        for _ in range(3):
            ask(client, system=cached)
        assert traced.points(names.METRIC_HIT_RATIO)[0].value > 0.9
        assert [alert.hit_ratio < 0.51 for alert in told.wait_for(1)] == [True]
        ask(client)
        ask(client)
        assert told.wait_for(2)[1].hit_ratio == 0


def test_what_on_budget_raises_is_logged_and_stays_out_of_the_call(client, caplog):
    def fails(alert):
        raise RuntimeError(alert)

    with (
        caplog.at_level(logging.WARNING, "otel_claude"),
        tracing(budgets=limited(Limit(Subject(), "day", USD)), on_budget=fails),
    ):
        ask(client)
    assert "on_budget failed" in caplog.text


def test_on_budget_that_exits_ends_neither_the_alerts_nor_what_stops_them(client, told, caplog):
    def leaves(alert):
        told(alert)
        sys.exit(3)

    both = limited(Limit(Subject(), "day", USD), Limit(SEARCH, "day", USD))
    with caplog.at_level(logging.WARNING, "otel_claude"), tracing(budgets=both, on_budget=leaves):
        ask(client, "other")
        told.wait_for(1)
        ask(client)
        told.wait_for(2)


def test_on_budget_can_take_the_instrumentation_back(client, told, caplog):
    def takes_back(alert):
        otel_claude.uninstrument()
        told(alert)

    with (
        caplog.at_level(logging.WARNING, "otel_claude"),
        tracing(budgets=limited(Limit(Subject(), "day", USD)), on_budget=takes_back) as traced,
    ):
        ask(client)
        told.wait_for(1)
        ask(client)
        assert len(traced.spans) == 1
    assert "on_budget failed" not in caplog.text


def test_without_budgets_there_is_no_thread_and_no_gauge(client):
    with tracing() as traced:
        ask(client)
        assert traced.points(names.METRIC_BUDGET_SPENT) == []
    assert "otel-claude-budgets" not in {thread.name for thread in threading.enumerate()}


def test_taken_back_it_leaves_no_thread_and_no_gauge(client):
    with tracing(budgets=limited(Limit(Subject(), "day", 1))) as traced:
        ask(client)
        assert "otel-claude-budgets" in {thread.name for thread in threading.enumerate()}
    assert "otel-claude-budgets" not in {thread.name for thread in threading.enumerate()}
    assert traced.points(names.METRIC_BUDGET_SPENT) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_counts_its_own_and_is_told_of_it(client, sim):
    reading, writing = os.pipe()

    def tell(alert):
        os.write(writing, json.dumps([os.getpid(), alert.threshold]).encode() + b"\n")

    with tracing(budgets=limited(Limit(Subject(), "day", 2 * USD)), on_budget=tell):
        ask(client)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with anthropic.Anthropic(api_key="k", base_url=sim.url) as own:
                    ask(own)
                    otel_claude.uninstrument()
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
    os.close(writing)
    with os.fdopen(reading) as lines:
        said = [json.loads(line) for line in lines]
    assert sorted(said) == sorted([[os.getpid(), 0.5], [child, 0.5]])


def project(sim, tmp_path, table):
    one = Project(tmp_path / "app", sim.url)
    (one.folder / "pyproject.toml").write_text(f"[tool.otel-claude.budgets]\n{table}")
    return one


def test_a_program_is_told_at_its_exit_of_what_its_last_call_passed(sim, tmp_path):
    ran = project(sim, tmp_path, "features.support.day = 0.0009").run(SUPPORT)
    assert ran.code == 0
    assert "otel-claude: feature support: $0.00" in ran.err
    assert "of $0.0009 a day is spent" in ran.err


def test_seeded_from_the_store_the_second_program_goes_on_where_the_first_ended(sim, tmp_path):
    """Each run costs $0.0065 and more: the first passes half of $0.012, the second all of it."""
    one = project(sim, tmp_path, 'day = 0.012\nseed = "store"\nenforce = true\nthresholds = [50, 100]')
    first = one.run(SUPPORT.replace("handbook. ", "first one. "), CALLS="1")
    assert "threshold 50%" in first.err, first.err
    second = one.run(SUPPORT.replace("handbook. ", "other one. "), CALLS="1")
    assert "threshold 100%" in second.err
    third = one.run(SUPPORT)
    assert third.code == 1
    assert "BudgetExceededError" in third.err


def test_a_store_that_is_slow_to_read_is_waited_for_once_and_not_at_every_call(client, monkeypatch, caplog):
    read, waits = threading.Event(), []
    wait = threading.Event.wait

    def noted(event, timeout=None):
        if threading.current_thread() is threading.main_thread() and event is not read:
            waits.append(timeout)
        return wait(event, timeout)

    def slow(*_):
        read.wait(20)
        return iter(())

    monkeypatch.setattr(audit, "SEED_TIMEOUT_S", 0.2)
    monkeypatch.setattr("otel_claude.budgets.seed.spendings", slow)
    one = limited(Limit(SEARCH, "day", 1, is_enforced=True), is_seeded=True)
    with caplog.at_level(logging.WARNING, "otel_claude"), tracing(budgets=one):
        with monkeypatch.context() as patched:
            patched.setattr(threading.Event, "wait", noted)
            for _ in range(4):
                ask(client)
        read.set()
    assert len([timeout for timeout in waits if timeout is not None and timeout <= 0.2]) == 1
    assert caplog.text.count("takes long to read") == 1


def test_at_the_end_a_slow_on_budget_is_not_called_while_it_is_at_work(client, caplog, monkeypatch):
    monkeypatch.setattr(alerts, "STOP_TIMEOUT_S", 0.1)
    at_work, go_on, calls = threading.Event(), threading.Event(), []

    def slow(alert):
        calls.append(("begins", alert.threshold))
        at_work.set()
        go_on.wait(20)
        calls.append(("ends", alert.threshold))

    budgets = limited(Limit(SEARCH, "day", 2 * USD))
    with caplog.at_level(logging.WARNING, "otel_claude"), tracing(budgets=budgets, on_budget=slow):
        ask(client)
        assert at_work.wait(20)
        (thread,) = (each for each in threading.enumerate() if each.name == "otel-claude-budgets")
        ask(client)
    assert calls == [("begins", 0.5)]
    assert "threshold 100%" in caplog.text
    assert "later alerts are only logged" in caplog.text
    go_on.set()
    thread.join(20)
    assert calls == [("begins", 0.5), ("ends", 0.5)]


@pytest.mark.parametrize("table", ["budget", "rate", "zebra"])
def test_a_table_that_means_nothing_is_said_once(sim, tmp_path, table):
    one = Project(tmp_path / "app", sim.url)
    (one.folder / "pyproject.toml").write_text(f"[tool.otel-claude.{table}]\nday = 3")
    ran = one.run(SUPPORT)
    assert ran.code == 0
    assert ran.err.count(f"unknown table '{table}'") == 1


def test_a_table_that_cannot_be_used_is_said_once_and_nothing_is_stopped(sim, tmp_path):
    ran = project(sim, tmp_path, "dya = 3").run(SUPPORT)
    assert ran.code == 0
    assert ran.err.count("no budget is kept: ") == 1
    assert "unknown key 'dya'; did you mean 'day'?" in ran.err
