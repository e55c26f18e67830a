"""Honeycomb's board and triggers, installed into a stand-in for its API that enforces its rules."""

from __future__ import annotations

import copy
import re

import pytest
from click.testing import CliRunner

from otel_claude import attributes as names
from otel_claude.cli.dashboards import command
from otel_claude.dashboards import honeycomb, terraform
from tests.otel_claude.dashboards.honeycomb_stub import KEY, HoneycombStub, Refused


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setenv("HONEYCOMB_API_KEY", KEY)
    with HoneycombStub() as stub:
        yield stub


def install(stub, *more):
    return CliRunner().invoke(
        command, ["install", "honeycomb", "--dataset", "support", "--api-url", stub.url, *more]
    )


def test_everything_is_there_after_an_install_and_a_second_one_changes_nothing(stub):
    done = install(stub)
    assert done.exit_code == 0, done.output
    assert len(stub.columns) == len(honeycomb.COLUMNS)
    assert len(stub.derived) == len(honeycomb.DERIVED_COLUMNS)
    assert len(stub.queries) == len(stub.annotations) == len(honeycomb.PANELS)
    (board,) = stub.boards.values()
    assert len(board["panels"]) == len(honeycomb.PANELS)
    assert len(stub.triggers) == 2
    before = len(stub.writes)
    again = install(stub)
    assert again.exit_code == 0
    assert len(stub.writes) == before
    assert all(line.endswith("is current") for line in again.stdout.splitlines())


def test_a_dry_run_writes_nothing_and_says_what_it_would(stub):
    done = install(stub, "--dry-run")
    assert done.exit_code == 0, done.output
    assert stub.writes == []
    assert "would be: board Claude calls: created" in done.stdout


def test_what_is_there_already_is_kept_and_what_is_old_is_renewed(stub):
    stub.columns["c"] = {"id": "c", "key_name": names.COST_AMOUNT, "type": "integer"}
    stub.boards["mine"] = {"id": "mine", "name": "Mine", "description": "", "panels": []}
    stub.boards["old"] = {"id": "old", "name": "Claude calls", "description": "definition v0-x", "panels": []}
    done = install(stub)
    assert done.exit_code == 0, done.output
    assert set(stub.boards) == {"mine", "old"}
    assert honeycomb.digest() in stub.boards["old"]["description"]
    assert stub.boards["mine"]["panels"] == []
    assert sum(each["key_name"] == names.COST_AMOUNT for each in stub.columns.values()) == 1


def test_a_column_of_another_type_is_named(stub):
    stub.columns["c"] = {"id": "c", "key_name": names.FEATURE, "type": "integer"}
    done = install(stub)
    assert f"column {names.FEATURE}: is integer and should be string" in done.stdout


def test_a_trigger_keeps_the_recipients_that_the_user_gave_it(stub):
    install(stub)
    trigger = next(each for each in stub.triggers.values() if "hour" in each["name"])
    trigger["recipients"] = [{"id": "r1"}]
    done = install(stub, "--hourly-usd", "25")
    assert "trigger Claude spend in an hour: updated" in done.stdout
    (renewed,) = [each for each in stub.triggers.values() if "hour" in each["name"]]
    assert renewed["recipients"] == [{"id": "r1"}]
    assert renewed["threshold"]["value"] == 25


def test_a_busy_api_is_asked_again(stub):
    stub.busy = 3
    assert install(stub).exit_code == 0


def test_a_wrong_key_a_dataset_that_is_not_there_and_no_key_are_said_plainly(stub, monkeypatch):
    missing = CliRunner().invoke(
        command, ["install", "honeycomb", "--dataset", "other", "--api-url", stub.url]
    )
    assert (missing.exit_code, "a dataset exists once" in missing.stderr) == (2, True)
    monkeypatch.setenv("HONEYCOMB_API_KEY", "wrong-key")
    refused = install(stub)
    assert (refused.exit_code, "configuration key" in refused.stderr) == (2, True)
    assert "wrong-key" not in refused.output
    monkeypatch.delenv("HONEYCOMB_API_KEY")
    assert install(stub).exit_code == 2
    monkeypatch.setenv("HONEYCOMB_API_KEY", "k")
    plain = CliRunner().invoke(
        command, ["install", "honeycomb", "--dataset", "x", "--api-url", "http://example.com"]
    )
    assert "https only" in plain.stderr


def test_sums_leave_out_spans_that_are_no_call_of_a_client():
    for panel in honeycomb.PANELS:
        for calculation in panel.calculations:
            column = calculation.get("column", "")
            is_once = column.startswith((names.COST_AMOUNT, "otel_claude.cost."))
            is_sum = calculation["op"] == "SUM"
            assert not is_sum or is_once or {"column": names.COST_STATUS, "op": "exists"} in panel.filters, (
                panel.name
            )


BROKEN = {
    "a column that is not there": lambda query: query["breakdowns"].append("otel_claude.nothing"),
    "a calculation that does not exist": lambda query: query["calculations"].append(
        {"op": "MEDIAN", "column": "x"}
    ),
    "a count of a column": lambda query: query["calculations"].append(
        {"op": "COUNT", "column": names.FEATURE}
    ),
    "a sum without a column": lambda query: query["calculations"].append({"op": "SUM"}),
    "a sum of text": lambda query: query["calculations"].append({"op": "SUM", "column": names.FEATURE}),
    "an order by what is not asked for": lambda query: query["orders"].append(
        {"op": "AVG", "order": "ascending"}
    ),
    "a limit that is too high": lambda query: query.update(limit=5000),
    "a filter without its value": lambda query: query["filters"].append({"column": names.FEATURE, "op": "="}),
    "an exists with a value": lambda query: query["filters"].append(
        {"column": names.FEATURE, "op": "exists", "value": 1}
    ),
    "a filter that does not exist": lambda query: query["filters"].append(
        {"column": names.FEATURE, "op": "like", "value": "a"}
    ),
    "a field that does not exist": lambda query: query.update(having=[]),
    "no time": lambda query: query.update(time_range=0),
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_stand_in_refuses_a_query_with(stub, how):
    install(stub)
    query = copy.deepcopy(honeycomb.PANELS[0].query())
    BROKEN[how](query)
    with pytest.raises(Refused):
        stub.answer("POST", "/1/queries/__all__", query)


BROKEN_TRIGGERS = {
    "two calculations": lambda body: body["query"]["calculations"].append({"op": "COUNT"}),
    "an order": lambda body: body["query"].update(
        orders=[{"op": "SUM", "column": names.COST_AMOUNT, "order": "ascending"}]
    ),
    "a limit": lambda body: body["query"].update(limit=10),
    "a time above a day": lambda body: (body["query"].update(time_range=90000), body.update(frequency=86400)),
    "a time above four times its frequency": lambda body: body.update(frequency=60),
    "an odd frequency": lambda body: body.update(frequency=901),
    "no threshold": lambda body: body.pop("threshold"),
}


@pytest.mark.parametrize("how", BROKEN_TRIGGERS)
def test_the_stand_in_refuses_a_trigger_with(stub, how):
    install(stub)
    body = copy.deepcopy(honeycomb.triggers(10)[0].body())
    BROKEN_TRIGGERS[how](body)
    with pytest.raises(Refused):
        stub.answer("POST", "/1/triggers/support", body)


BROKEN_BOARDS = {
    "a panel beyond the grid": lambda panel: panel["position"].update(x_coordinate=8),
    "panels that overlap": lambda panel: panel["position"].update(x_coordinate=6),
    "a query that is not there": lambda panel: panel["query_panel"].update(query_id="none"),
    "an annotation of another query": lambda panel: panel["query_panel"].update(query_annotation_id="none"),
}


@pytest.mark.parametrize("how", BROKEN_BOARDS)
def test_the_stand_in_refuses_a_board_with(stub, how):
    install(stub)
    (board,) = stub.boards.values()
    body = {key: value for key, value in copy.deepcopy(board).items() if key != "id"}
    BROKEN_BOARDS[how](body["panels"][0])
    with pytest.raises(Refused):
        stub.answer("POST", "/1/boards", body)


def test_a_definition_that_the_api_refuses_ends_the_install_with_its_words(stub, monkeypatch):
    broken = honeycomb.Panel("Broken", "x", ({"op": "SUM", "column": names.FEATURE},))
    monkeypatch.setattr(honeycomb, "PANELS", (*honeycomb.PANELS, broken))
    done = install(stub)
    assert done.exit_code == 2
    assert "SUM needs a numeric column" in done.stderr


def test_terraform_says_the_same_as_the_definition():
    hcl2 = pytest.importorskip("hcl2")
    text = terraform.render()
    found = hcl2.loads(text)
    kinds = [next(iter(each)).strip('"') for each in found["resource"]]
    assert kinds.count("honeycombio_query") == len(honeycomb.PANELS)
    assert kinds.count("honeycombio_trigger") == 2
    assert kinds.count("honeycombio_flexible_board") == 1
    assert kinds.count("honeycombio_derived_column") == len(honeycomb.DERIVED_COLUMNS)
    for _, (expression, _) in honeycomb.DERIVED_COLUMNS.items():
        assert expression in text
    defined = set(re.findall(r'^(?:resource|data) "\w+" "(\w+)"', text, re.MULTILINE))
    used = set(re.findall(r"honeycombio_\w+\.(\w+)\.\w+", text))
    assert used <= defined
