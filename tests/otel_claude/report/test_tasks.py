"""Tasks in a report."""

from __future__ import annotations

import itertools
import json

import pytest

from otel_claude import attributes as names
from otel_claude.report import formats, words
from otel_claude.report.calls import calls
from otel_claude.report.table import tabulate
from otel_claude.report.tasks import Runs

USD = 0.013
"""What a call of `make_span` costs."""


@pytest.fixture
def make_task(make_span):
    ids = itertools.count(1)

    def make(name="resolve", task_id=None, parent=None, **said):
        attributes = {
            names.TASK_NAME: name,
            names.TASK_ID: task_id or f"t{next(ids)}",
            names.TASK_CALLS: 1,
            names.TASK_ATTEMPTS: said.pop("attempts", 1),
            names.TASK_MODELS: said.pop("models", ["claude-sonnet-5-5"]),
            **({names.TASK_PARENT_ID: parent} if parent else {}),
            **{f"otel_claude.task.{key}": value for key, value in said.items()},
        }
        span = make_span(attributes, scope=names.OUR_SCOPE, name=f"task {name}")
        for name_of_call in ("gen_ai.operation.name", "gen_ai.usage.input_tokens"):
            del span.attributes[name_of_call]
        return span

    return make


@pytest.fixture
def make_call(make_span):
    def make(task_id, name="resolve", **attributes):
        of_task = {names.TASK_NAME: name, names.TASK_ID: task_id} if task_id else {}
        return make_span({**of_task, **attributes})

    return make


def table(spans, *by):
    runs = Runs()
    return tabulate(calls(runs.watched(spans)), by or ("task",), runs=runs)


def rows(spans, *by):
    return {row.key if len(row.key) > 1 else row.key[0]: row.totals for row in table(spans, *by).rows}


def test_a_group_has_what_one_costs_and_what_one_that_passed_costs(make_task, make_call):
    spans = [
        make_task("resolve", "a", passed=True, score=0.9, value=0.4, unit="ticket"),
        make_call("a"),
        make_task(
            "resolve", "b", passed=True, score=0.5, value=0.4, unit="ticket", attempts=2,
            models=["claude-haiku-5-5", "claude-opus-5"],
        ),
        *(make_call("b"), make_call("b")),
        make_task("resolve", "c", passed=False, score=0.1, value=0.4, unit="ticket", attempts=3),
        make_call("c"),
        make_call(None),
    ]  # fmt: skip
    found = rows(spans)["resolve"].tasks
    assert (found.tasks, found.finished, found.passed, found.unit) == (3, 3, 2, "ticket")
    assert found.completion == 1
    assert found.pass_rate == pytest.approx(2 / 3)
    assert found.cost_per_task_usd == pytest.approx(4 * USD / 3)
    assert found.cost_per_passed_usd == pytest.approx(4 * USD / 2)
    assert found.retry_rate == pytest.approx(2 / 3)
    assert found.escalation_rate == pytest.approx(1 / 3)
    assert found.mean_score == pytest.approx(0.5)
    assert found.value_usd == pytest.approx(0.8)
    assert found.value_over_cost == pytest.approx(0.8 / (4 * USD))


def test_calls_settle_the_cost_also_where_the_span_of_the_task_lacks_them(make_task, make_call):
    spans = [make_task("resolve", "a", cost=0.0, open_calls=1, passed=True), make_call("a")]
    assert rows(spans)["resolve"].tasks.cost_per_task_usd == pytest.approx(USD)
    assert rows(reversed(spans))["resolve"].tasks.cost_per_task_usd == pytest.approx(USD)


def test_a_task_whose_span_never_came_was_not_finished(make_task, make_call):
    spans = [make_task("resolve", "a", passed=True), make_call("a"), make_call("b")]
    found = rows(spans)["resolve"].tasks
    assert (found.tasks, found.completion) == (2, 0.5)
    assert found.cost_per_passed_usd == pytest.approx(2 * USD)
    assert rows([make_call("b")])["resolve"].tasks.completion == 0


def test_of_a_task_that_began_in_another_process_nothing_is_said(make_task, make_call):
    spans = [make_call("a", **{names.TASK_REMOTE: True}), make_call("a", **{names.TASK_REMOTE: True})]
    found = rows(spans)["resolve"].tasks
    assert (found.tasks, found.completion, found.cost_per_task_usd) == (1, None, pytest.approx(2 * USD))
    whole = rows([*spans, make_task("resolve", "a", passed=True)])["resolve"].tasks
    assert (whole.completion, whole.cost_per_passed_usd) == (1, pytest.approx(2 * USD))


def test_a_task_has_the_cost_of_those_inside_it_and_the_table_counts_each_call_once(make_task, make_call):
    spans = [
        make_task("classify", "b", parent="a"),
        make_call("b", "classify"),
        make_task("resolve", "a", passed=True),
        make_call("a"),
    ]
    found = table(spans)
    by_name = {row.key[0]: row.totals for row in found.rows}
    assert by_name["resolve"].priced_usd == by_name["classify"].priced_usd == pytest.approx(USD)
    assert by_name["resolve"].tasks.cost_per_task_usd == pytest.approx(2 * USD)
    assert by_name["classify"].tasks.cost_per_task_usd == pytest.approx(USD)
    assert found.total.priced_usd == found.total.tasks.cost_usd == pytest.approx(2 * USD)
    recursive = [
        make_task("walk", "x"),
        make_call("x", "walk"),
        make_task("walk", "y", parent="x"),
        make_call("y", "walk"),
    ]
    assert rows(recursive)["walk"].tasks.cost_usd == pytest.approx(2 * USD)


def test_parents_in_a_circle_end(make_task, make_call):
    spans = [make_task("a", "x", parent="y"), make_task("a", "y", parent="x"), make_call("x", "a")]
    assert rows(spans)["a"].tasks.cost_usd == pytest.approx(USD)


def test_tasks_are_grouped_by_the_model_that_they_began_with_and_calls_by_their_own(make_task, make_call):
    models = ["claude-haiku-5-5", "claude-opus-5"]
    spans = [make_task("resolve", "a", models=models, attempts=2, passed=True)]
    for model in models:
        of_model = {"gen_ai.request.model": model, "gen_ai.response.model": model}
        spans.append(make_call("a", **of_model))
    found = rows(spans, "task", "model")
    haiku, opus = (found["resolve", model] for model in models)
    assert (haiku.tasks.tasks, haiku.tasks.retry_rate, haiku.tasks.escalation_rate) == (1, 1, 1)
    assert haiku.tasks.cost_usd == pytest.approx(haiku.priced_usd + opus.priced_usd)
    assert (opus.tasks.tasks, opus.calls) == (0, 1)


def test_those_without_a_verdict_are_in_neither_rate_nor_cost_of_one_that_passed(make_task, make_call):
    spans = [
        make_task("resolve", "a", passed=True),
        make_call("a"),
        make_task("resolve", "b"),
        make_call("b"),
    ]
    found = rows(spans)["resolve"].tasks
    assert (found.pass_rate, found.cost_per_passed_usd) == (1, pytest.approx(USD))
    assert found.cost_per_task_usd == pytest.approx(USD)


def test_a_copy_of_a_span_counts_once(make_task, make_call):
    task, call = make_task("resolve", "a", passed=True), make_call("a")
    found = rows([task, call, task, call])["resolve"].tasks
    assert (found.tasks, found.cost_usd) == (1, pytest.approx(USD))


def test_the_columns_are_there_by_task_alone_and_tokens_otherwise(make_task, make_call):
    spans = [make_task("resolve", "a", passed=True), make_call("a")]
    names_by_task = [column.name for column in words.columns(table(spans))]
    assert names_by_task == [
        "calls",
        "cost",
        "tasks",
        "done",
        "passed",
        "per task",
        "per passed",
        "retried",
        "escalated",
    ]
    for other in (table(spans, "feature"), table([make_call(None)])):
        assert "input" in [column.name for column in words.columns(other)]
        assert "tasks" not in [column.name for column in words.columns(other)]


def test_every_format_has_the_tasks(make_task, make_call):
    spans = [
        make_task("resolve", "a", passed=True, score=0.9, value=0.4, unit="ticket"),
        make_call("a"),
        make_call(None),
    ]
    found = table(spans)
    data = json.loads(formats.as_json(found, found.rows))
    by_task = {row["key"]["task"]: row["tasks"] for row in data["rows"]}
    assert by_task["resolve"]["cost_per_passed_usd"] == pytest.approx(USD)
    assert by_task[None]["count"] == 0
    head, *lines = formats.as_csv(found, found.rows).splitlines()
    assert {len(line.split(",")) for line in (head, *lines)} == {len(head.split(","))}
    assert "task_cost_per_passed_usd" in head
    assert "$0.0130/ticket" in formats.as_markdown(found, found.rows)
    assert "1 task · 100% finished · 100% passed · $0.0130 for each that passed" in words.header(found)[-1]


def test_the_feature_of_a_process_is_that_of_its_calls(make_span):
    span = make_span()
    span.resource[names.FEATURE] = "worker"
    (call,) = calls([span])
    assert call.feature == "worker"
