"""A span that states an absurd number is read as one that does not state it, whatever reads it."""

from __future__ import annotations

import dataclasses
import itertools
import json
from dataclasses import replace
from datetime import timedelta
from math import inf, nan

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from otel_claude import attributes as names
from otel_claude.budgets import seed
from otel_claude.budgets.limits import Budgets, Limit, Subject
from otel_claude.cli import main
from otel_claude.rates import Overrides
from otel_claude.reconcile.bill import Bill
from otel_claude.reconcile.comparison import compare
from otel_claude.report import formats, stated, waterfall
from otel_claude.report.calls import calls, time_of
from otel_claude.report.callsites import call_site_stats
from otel_claude.report.parts import Question
from otel_claude.report.pricing import Pricing
from otel_claude.report.trace import trace_of
from otel_claude.store.reader import ReadReport, read
from otel_claude.usage import Usage
from tests.otel_claude.report.conftest import NOON, line_of

ABSURD = (10**400, -(10**400), 10**30, 2**63, -1, -0.5, True, nan, inf, -inf, 1e300, -1e300, 1e30)
"""No amount, no count, no share."""

SIGNED = {names.COST_CACHE_SAVINGS, names.BATCH_COST_CACHE_SAVINGS, names.TASK_SCORE}
"""May be less than zero."""

BY = ("feature", "model", "callsite", "day", "task", "miss-reason", "tag.tenant")
NOW = time_of(NOON + 60 * 10**9)
DAY = timedelta(days=1)

ATTRIBUTION = {
    "otel_claude.feature": "summarise",
    "otel_claude.task.name": "nightly",
    "otel_claude.task.id": "one",
    "otel_claude.tag.tenant": "acme",
    "code.file.path": "app/main.py",
    "code.function.name": "run",
    "code.line.number": 7,
    "error.type": "overloaded_error",
}
COST = {
    "gen_ai.usage.cost.amount": 0.013,
    "otel_claude.cost.input": 0.002,
    "otel_claude.cost.cache_read": 0.001,
    "otel_claude.cost.cache_write_5m": 0.005,
    "otel_claude.cost.cache_write_1h": 0.0,
    "otel_claude.cost.output": 0.005,
    "otel_claude.cost.server_tools": 0.0,
    "otel_claude.cost.cache_savings": 0.01,
    "otel_claude.cost.status": "exact",
    "otel_claude.rates.source": "table",
}
EVIDENCE = {
    "anthropic.usage.compaction.input_tokens": 30,
    "anthropic.usage.compaction.output_tokens": 20,
    "gen_ai.usage.reasoning.output_tokens": 10,
    "gen_ai.usage.cache_creation.input_tokens": 2_000,
    "otel_claude.cache.miss_reason": "expired",
    "otel_claude.cache.prefix": "p",
    "otel_claude.tools.declared": 1,
    "otel_claude.tools.called": [],
    "otel_claude.tools.uncalled": ["search"],
    "otel_claude.tools.uncalled_tokens": [300],
    "otel_claude.documents.sent": 2,
    "otel_claude.documents.cited": 1,
    "otel_claude.documents.uncited_tokens": 400,
    "otel_claude.request.repeat": 1,
    "otel_claude.input.system_share": 0.2,
    "otel_claude.input.tools_share": 0.1,
    "otel_claude.input.head_repeated": True,
}
UNCACHED = dict.fromkeys((names.CACHE_READ_TOKENS, names.CACHE_WRITE_TOKENS, names.CACHE_WRITE_5M_TOKENS), 0)
TASK = {
    "otel_claude.task.calls": 1,
    "otel_claude.task.models": ["claude-sonnet-5-5"],
    "otel_claude.task.passed": True,
    **{each.name: 1.0 for each in names.TASK_REGISTRY if each.type == "double"},
    **{each.name: 2 for each in names.TASK_REGISTRY if each.type == "int"},
}
BATCH = {
    "anthropic.message.batch.id": "batch",
    "otel_claude.batch.complete": True,
    "otel_claude.batch.model": "claude-sonnet-5-5",
    **{each.name: 0.25 for each in names.BATCH_REGISTRY if each.type == "double"},
    **{each.name: 2 for each in names.BATCH_REGISTRY if each.type == "int"},
}
KINDS = {
    "a call": ({**ATTRIBUTION, **EVIDENCE, **COST}, {}),
    "a call without a cost": ({**ATTRIBUTION, **EVIDENCE}, {}),
    "a call that missed the cache": ({**ATTRIBUTION, **EVIDENCE, **COST, **UNCACHED}, {}),
    "a task": ({**ATTRIBUTION, **TASK}, {"name": "nightly", "scope": "otel_claude"}),
    "a batch": ({**ATTRIBUTION, **BATCH}, {"name": names.BATCH_RESULTS_SPAN}),
    "a call by OpenInference": (
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "claude-sonnet-5-5",
            **{theirs[0]: 9 for ours, theirs in names.OPENINFERENCE.items() if "token" in ours},
        },
        {"name": "Messages", "scope": "openinference"},
    ),
    "a call by older conventions": (
        {"gen_ai.system": "anthropic", **{theirs[0]: 9 for theirs in names.OLD_GENAI.values()}},
        {"name": "anthropic.chat", "scope": "opentelemetry"},
    ),
}
"""Each kind of span that a report reads, with the attributes that it has besides those of a call of the SDK's."""

OF_THE_SDK = ("a call", "a call without a cost", "a call that missed the cache")
PRESENT = {
    names.TASK_CALLS,
    names.OPENINFERENCE[names.INPUT_TOKENS][0],
    names.OLD_GENAI[names.INPUT_TOKENS][0],
}
"""Tell by being there that a span is one of a task, or of a call, whatever the number."""


def made(make_span, kind, number=1):
    attributes, fields = KINDS[kind]
    ids = {"trace_id": f"{number:032x}", "span_id": f"{number:016x}"}
    span = make_span(attributes, **ids, **fields)
    if kind not in OF_THE_SDK:
        span = replace(span, attributes=attributes)
    own = {names.RESPONSE_ID: f"msg_{number}", names.BATCH_ID: f"batch_{number}", names.TASK_ID: f"{number}"}
    return with_them(span, {name: value for name, value in own.items() if name in span.attributes})


def with_them(span, attributes):
    return replace(span, attributes={**span.attributes, **attributes}, resource={"service.version": "1"})


def numbers_of(span):
    """The attributes that have a number, or several."""
    return [name for name, value in span.attributes.items() if {int, float} & set(map(type, as_list(value)))]


def as_list(value):
    return value if isinstance(value, list) else [value]


def absurd_for(name):
    return [value for value in ABSURD if name not in SIGNED or value not in {-1, -0.5}]


def said(path):
    """All that is said of the spans in a file, by whatever reads them."""
    found = []
    for pricing in (Pricing(), Pricing(Overrides(multipliers={"*": 0.5}), "anew"), Pricing(None, "list")):
        report = ReadReport()
        sums = Question(BY, pricing, has_page=True).sums()
        sums.add(read([path], report=report))
        sums.finish()
        table, notes = sums.table(is_repriced=True), sums.observer.notes(NOW)
        trace = trace_of(read([path]), f"{1:032x}", pricing)
        found += [
            report,
            formats.as_json(table, table.rows, notes),
            formats.as_csv(table, table.rows, notes),
            formats.as_markdown(table, table.rows, notes),
            dataclasses.asdict(sums.page.content(notes, None)),
            sums.page.dearest_trace_id(),
            waterfall.as_json(trace),
            call_site_stats(calls(read([path]), pricing)),
            compare(Bill(NOW - DAY, NOW + DAY, (), None), calls(read([path]), pricing)),
        ]
    return found


def test_every_number_that_a_span_can_state_is_tried(make_span):
    tried = {name for kind in KINDS for name in numbers_of(made(make_span, kind))}
    registry = (*names.REGISTRY, *names.TASK_REGISTRY, *names.BATCH_REGISTRY)
    assert {each.name for each in registry if each.type in {"int", "int[]", "double"}} <= tried
    assert {names.INPUT_TOKENS, names.OUTPUT_TOKENS, names.HTTP_STATUS_CODE, names.REASONING_TOKENS} <= tried


@pytest.mark.parametrize("kind", KINDS)
def test_an_absurd_number_counts_as_not_stated(make_span, write_spans, kind):
    spans = [made(make_span, each, 10_000 + place) for place, each in enumerate(list(KINDS) * 7)]
    absurd, without = zip(*pairs(make_span, kind), strict=True)
    expected = said(write_spans([*spans, *without]))
    for found, wanted in zip(said(write_spans([*spans, *absurd])), expected, strict=True):
        assert found == wanted


def pairs(make_span, kind):
    """Spans with an absurd number, a feature for each, and the same ones without."""
    numbers = itertools.count(1)
    for name in numbers_of(made(make_span, kind)):
        for value in absurd_for(name):
            span = with_them(made(make_span, kind, next(numbers)), {names.FEATURE: f"{name} {value!r:.9}"})
            is_list = isinstance(span.attributes[name], list)
            kept = {key: each for key, each in span.attributes.items() if key != name}
            if is_list or name in PRESENT:
                kept[name] = ["many"] if is_list else "many"
            yield with_them(span, {name: [value] if is_list else value}), replace(span, attributes=kept)


VALUES = st.sampled_from(
    [
        *ABSURD,
        "",
        "x",
        "1e300",
        "\x1b[31m",
        "\ud800",
        False,
        0,
        0.0,
        5e-324,
        1e9,
        10**13,
        [],
        [1],
        ["a"],
        [nan],
    ]
)
"""Of any type, and at the bounds of what can be."""


@given(
    st.lists(st.tuples(st.sampled_from(list(KINDS)), st.dictionaries(st.integers(0, 60), VALUES)), max_size=9)
)
def test_values_of_any_type_in_any_attribute_end_no_report(make_span, tmp_path_factory, drawn):
    spans = [made(make_span, "a call")]
    for number, (kind, changes) in enumerate(drawn, 2):
        span = made(make_span, kind, number)
        own = list(span.attributes)
        changed = {own[place % len(own)]: value for place, value in changes.items()}
        spans.append(replace(with_them(span, changed), trace_id=f"{1:032x}"))
    path = tmp_path_factory.mktemp("spans") / "spans.jsonl"
    path.write_bytes(b"".join(map(line_of, spans)))
    for one in said(path):
        if isinstance(one, str) and one.startswith("{"):
            json.loads(one, parse_constant=pytest.fail)  # JSON has no name for what is not finite


def test_what_can_be_is_taken_at_its_word(make_span):
    assert stated.usd(4_000_000.0) == 4_000_000.0
    assert (stated.usd(3), stated.usd(0.0), stated.saved_usd(-25.5)) == (3, 0.0, -25.5)
    assert (stated.share(0.0), stated.share(1.0), stated.score(-1e12)) == (0.0, 1.0, -1e12)
    assert (stated.count(0), stated.count(10**12)) == (0, 10**12)
    assert Usage.of_attributes({names.INPUT_TOKENS: 10**12}).input_tokens == 10**12


# The commands, on a store that has all of it.


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A program that calls Claude, in the current directory, and where to put what was recorded of it."""
    for name in ("OTEL_CLAUDE_STORE", "OTEL_CLAUDE_RATES", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(PROGRAM)
    (tmp_path / "pyproject.toml").write_text("[tool.otel-claude.rates]\ndated = 2026-11-01\ndiscount = 0.5\n")
    (tmp_path / ".otel-claude" / "traces").mkdir(parents=True)
    return tmp_path / ".otel-claude" / "traces" / "traces-2026-11-20.jsonl"


PROGRAM = """import anthropic


def run():
    client = anthropic.Anthropic()
    for question in ("one", "two"):
        client.messages.create(model="claude-sonnet-5-5", messages=[{"role": "user", "content": question}])
"""
COMMANDS = (
    *(
        ("report", "--by", "task", "--by", "callsite", "--format", each)
        for each in ("table", "json", "markdown")
    ),
    ("report", "--by", "tag.tenant", "--by", "day", "--format", "csv", "--reprice"),
    ("report", "--html", "page.html"),
    ("trace", "--last"),
    ("trace", f"{1:032x}", "--format", "json"),
    ("lint", "--traces", ".", "--no-cache", "."),
)


def run(arguments):
    done = CliRunner().invoke(main, arguments)
    assert isinstance(done.exception, SystemExit | None), done.exception
    assert done.exit_code == (arguments[0] == "lint"), done.output
    return done


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_absurd_number_ends_a_command(make_span, project, arguments):
    spans = [made(make_span, kind, 10_000 + place) for place, kind in enumerate(list(KINDS) * 4)]
    spans += [absurd for kind in KINDS for absurd, _ in pairs(make_span, kind)]
    project.write_bytes(b"".join(map(line_of, spans)))
    assert "Skipped" not in run(arguments).stderr


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_absurd_time_ends_a_command(make_span, project, arguments):
    kinds = list(KINDS) * 3
    spans = [made(make_span, kind, 10_000 + place) for place, kind in enumerate(kinds)]
    times = [
        (start, end)
        for time in (0, 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -1, nan, inf, 1e300, 10**400)
        for start, end in ((time, NOON), (NOON, time), (time, time))
    ]
    for number, (start, end) in enumerate(times, 1):
        spans += [
            replace(
                made(make_span, kind, 100 * number + place), trace_id=f"{1:032x}", start_ns=start, end_ns=end
            )
            for place, kind in enumerate(KINDS)
        ]
    project.write_bytes(b"".join(map(line_of, spans)))
    done = run(arguments)
    if arguments[0] == "report":
        assert f"Skipped {6 * 3 * len(KINDS)} lines" in done.stderr


def test_a_budget_is_not_spent_by_a_span_that_says_so(make_span, project):
    spans = [
        absurd for absurd, _ in pairs(make_span, "a call") if names.COST_AMOUNT in str(absurd.attributes)
    ]
    project.write_bytes(b"".join(map(line_of, spans)))
    found = list(seed.spendings(Budgets((Limit(Subject(), "month", 1.0),)), NOW))
    assert len(found) == len(spans)
    assert max(spending.usd for spending in found) < 1
