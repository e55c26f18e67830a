"""Honeycomb's board and triggers, installed into a stand-in for its API that enforces its rules."""

from __future__ import annotations

import copy
import re
from contextlib import suppress

import anthropic
import pytest
from click.testing import CliRunner

import otel_claude
from otel_claude import attributes as names
from otel_claude.cli.dashboards import command
from otel_claude.dashboards import honeycomb, terraform
from tests.otel_claude.dashboards.honeycomb_stub import KEY, HoneycombStub, Refused
from tests.otel_claude.sdk.in_memory import API, ASK, REFUSED_MAX_TOKENS, USAGE, tracing


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


FUNCTIONS = {
    "COALESCE": lambda *values: next((value for value in values if value is not None), None),
    "IF": lambda condition, yes, no: yes if condition else no,
    "MUL": lambda one, other: None if None in {one, other} else one * other,
    "SUB": lambda one, other: None if one is None else one - other,
    "SUM": lambda *values: sum(values),
}


def event(span, **more):
    """A span as Honeycomb has it."""
    found = {"trace.trace_id": span.context.trace_id, "duration_ms": 5.0, "span.kind": span.kind.name.lower()}
    found |= {**span.attributes, **more}
    for alias, (expression, _) in honeycomb.DERIVED_COLUMNS.items():
        code = re.sub(r"\$([\w.]+)", lambda name: f"row.get({name[1]!r})", expression)
        found[alias] = eval(code, {"row": found, **FUNCTIONS})
    return found


def server_side(span):
    """The span that the Claude API itself exports of a call: the same tokens, no cost, no feature."""
    theirs = ("gen_ai.request", "gen_ai.response", "gen_ai.usage", "anthropic.", "error.")
    kept = {name: value for name, value in span.attributes.items() if name.startswith(theirs)}
    found = dict.fromkeys(span.attributes) | {name: kept.get(name) for name in span.attributes}
    for name in (names.COST_AMOUNT, names.COST_CURRENCY, names.COST_SOURCE):
        found[name] = None
    return {name: value for name, value in event(span, **found).items() if value is not None} | {
        "span.kind": "server"
    }


def result(panel, events):
    """What a panel shows of the events: the values of its calculations, by its breakdowns."""

    def passes(row):
        checks = {
            "exists": lambda have, _: have is not None,
            "=": lambda have, wanted: have == wanted,
            ">": lambda have, wanted: have is not None and have > wanted,
        }
        return all(checks[each["op"]](row.get(each["column"]), each.get("value")) for each in panel.filters)

    groups = {}
    for row in filter(passes, events):
        groups.setdefault(tuple(map(row.get, panel.breakdowns)), []).append(row)
    return {
        group: [
            len(rows)
            if calculation["op"] == "COUNT"
            else [
                calculation["op"],
                sorted(value for row in rows if (value := row.get(calculation["column"])) is not None),
            ]
            for calculation in panel.calculations
        ]
        for group, rows in groups.items()
    }


@pytest.fixture(scope="module")
def spans():
    """Of two tasks, one of which passed at the second attempt, a call that failed and one without a price."""
    with tracing() as traced:
        client = API({**USAGE, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 900}).client()
        with otel_claude.feature("answer"), otel_claude.task("resolve") as run:
            for passed in (False, True):
                text = f"{passed}, handbook. " * 400
                block = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
                client.messages.create(**ASK, system=[block])
                run.record(passed=passed)
        with otel_claude.task("sort") as run:
            client.messages.create(**ASK)
            run.record(passed=False)
        with suppress(anthropic.APIStatusError):
            client.messages.create(**{**ASK, "max_tokens": REFUSED_MAX_TOKENS})
        client.messages.create(**ASK, stream=True).close()
    return traced.spans


@pytest.mark.parametrize("panel", honeycomb.PANELS, ids=lambda panel: panel.name)
def test_every_panel_has_something_and_the_apis_own_spans_change_nothing(panel, spans):
    ours = [event(span) for span in spans]
    theirs = [server_side(span) for span in spans if span.name == names.INFERENCE_SPAN]
    found = result(panel, ours)
    assert found
    assert result(panel, ours + theirs) == found


def test_the_tasks_panel_has_what_it_takes_to_say_what_a_passed_task_costs(spans):
    (panel,) = [each for each in honeycomb.PANELS if each.name == "Tasks"]
    found = result(panel, map(event, spans))
    costs = {name[0]: sum(values[0][1]) for name, values in found.items()}
    passed = {name[0]: sum(values[1][1]) for name, values in found.items()}
    # 12 tokens at $2, 900 written at $2.50 and 3 of output at $10 a million: twice, and once.
    a_call = (12 * 2 + 900 * 2.50 + 3 * 10) / 1e6
    assert costs == pytest.approx({"resolve": 2 * a_call, "sort": a_call})
    assert passed == {"resolve": 1, "sort": 0}


def test_the_panel_of_misses_says_why_and_where(spans):
    (panel,) = [each for each in honeycomb.PANELS if each.name == "Why the cache missed"]
    found = result(panel, map(event, spans))
    assert {reason: values for reason, values in found.items() if reason[2] == "answer"} == {
        ("first_write", None, "answer"): [1, ["SUM", [900]]],
        ("system_changed", "system[0]", "answer"): [1, ["SUM", [900]]],
    }


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
