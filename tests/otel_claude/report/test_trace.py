"""One trace as a waterfall: of real calls, the SDK's tools among them, and of spans made for the purpose."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from math import nan

import anthropic
import pytest
from anthropic import beta_tool
from click.testing import CliRunner

from otel_claude import feature
from otel_claude.cli.trace import command
from otel_claude.report.trace import (
    UnknownTraceError,
    find_trace_id,
    last_trace_id,
    naming,
    trace_of,
)
from otel_claude.report.waterfall import as_json, details, label
from otel_claude.store.reader import ReadReport, read
from tests.otel_claude.report.conftest import NOON

ASK = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hello, Claude!"}],
}


def run(*arguments):
    done = CliRunner().invoke(command, arguments)
    return done.exit_code, done.stdout, done.stderr


@beta_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"rain in {city}"


@pytest.fixture
def agent(client, recording):
    """The id of a trace with a task, two calls of an agent, its tool, and a call that failed."""
    tracer = recording.get_tracer("app")
    with tracer.start_as_current_span("nightly", attributes={"otel_claude.task.name": "nightly"}) as span:
        with feature("weather"):
            client.beta.messages.tool_runner(
                **{**ASK, "messages": [{"role": "user", "content": "Use a tool."}]}, tools=[get_weather]
            ).until_done()
        with pytest.raises(anthropic.APIStatusError):
            client.messages.create(**ASK, extra_headers={"x-simulate": "error=529"})
    client.messages.create(**ASK)
    return f"{span.get_span_context().trace_id:032x}"


def test_a_trace_shows_tasks_tools_calls_costs_and_errors(agent, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    code, shown, _ = run(agent[:12])
    assert code == 0
    heading, *rest = shown.splitlines()
    assert heading.startswith(f"trace {agent} · 20")
    assert "3 calls" in heading
    rows = [line.split() for line in rest if line.strip() and "─" not in line]
    assert rows[1][:2] == ["task", "nightly"]
    assert any("(" in cell for cell in rows[1]), "what its calls cost together"
    assert any("custom_tool_use" in row[0] and row[1] == "get_weather" for row in rows)
    calls = [row for row in rows if row[0].startswith("messages.create")]
    assert len(calls) == 3
    assert sum(row[0] == "sonnet-5-5," and "weather" in row[1] for row in rows) == 2
    assert rows[-1] == ["overloaded_error,", "sonnet-5-5"]


def test_json_has_what_each_span_cost_and_the_sum(agent):
    code, out, _ = run(agent, "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert document["trace_id"] == agent
    kinds = [span["kind"] for span in document["spans"]]
    assert (kinds.count("call"), kinds.count("tool"), kinds.count("task")) == (3, 1, 1)
    costs = [span["cost_usd"] for span in document["spans"] if span["kind"] == "call"]
    assert document["cost_usd"] == pytest.approx(sum(costs))
    assert (document["calls"], document["errors"]) == (3, 1)
    assert document["spans"][0]["depth"] == 0
    assert all(span["offset_s"] >= 0 for span in document["spans"])


def test_a_trace_is_found_by_the_id_of_a_response_and_the_last_one_without_any(agent):
    spans = list(read(["."]))
    answered = next(span for span in spans if span.attributes.get("gen_ai.response.id"))
    assert find_trace_id(spans, str(answered.attributes["gen_ai.response.id"])) == agent
    assert last_trace_id(lambda _: spans) != agent
    code, shown, _ = run("--last")
    assert (code, "1 call" in shown) == (0, True)
    assert run("--last", ".")[1] == shown


def test_80_columns_are_enough(agent, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, shown, _ = run(agent)
    assert all(len(line) <= 80 for line in shown.splitlines()[1:])
    assert "get_weather" in shown


def test_an_unknown_id_and_one_that_several_traces_share_are_errors_that_say_what_to_do(agent):
    code, _, said = run("feed" * 8)
    assert (code, "no trace begins with 'feedfeed" in said, "--last" in said) == (2, True, True)
    with pytest.raises(UnknownTraceError, match=r"2 traces begin with ''; write more of one:\n  .*nightly"):
        find_trace_id(read(["."]), "")
    assert run()[0] == 2


def test_without_a_store_the_error_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    code, _, said = run("--last")
    assert (code, said.startswith("Error: ")) == (2, True)


def test_the_apis_own_span_is_shown_and_not_counted(make_span):
    call = make_span(trace_id="a" * 32, span_id="b" * 16)
    served = make_span(
        trace_id="a" * 32,
        span_id="c" * 16,
        parent_span_id="b" * 16,
        scope="com.anthropic.claude-platform",
        name="inference",
    )
    trace = trace_of([served, call], "a" * 32)
    assert [(node.depth, node.kind) for node in trace.nodes] == [(0, "call"), (1, "repeated")]
    assert trace.totals.calls == 1
    assert trace.totals.priced_usd == pytest.approx(0.013)


def test_a_span_that_is_in_two_files_or_its_own_parent_is_shown_once(make_span):
    own = make_span(trace_id="a" * 32, span_id="b" * 16, parent_span_id="b" * 16)
    lost = make_span(trace_id="a" * 32, span_id="c" * 16, parent_span_id="d" * 16)
    trace = trace_of([own, own, lost], "a" * 32)
    assert [node.depth for node in trace.nodes] == [0, 0]


def test_deep_traces_are_drawn(make_span):
    spans = [
        make_span(trace_id="a" * 32, span_id=f"{depth:016x}", parent_span_id=f"{depth - 1:016x}")
        for depth in range(1, 3000)
    ]
    assert max(node.depth for node in trace_of(spans, "a" * 32).nodes) == 2998


@pytest.mark.parametrize("spelling", ["lower", "upper", "base64"])
def test_a_trace_is_found_whatever_way_its_id_is_written(spelling, make_span, write_spans, recording):
    spans = [make_span(trace_id=f"{number:02x}" * 16) for number in (0xAB, 0xAC)]
    path = write_spans(spans)
    written = {
        "lower": str,
        "upper": str.upper,
        "base64": lambda text: base64.b64encode(bytes.fromhex(text)).decode(),
    }[spelling]
    text = path.read_text()
    for span in spans:
        text = text.replace(span.trace_id, written(span.trace_id))
    path.write_text(text)
    code, shown, _ = run("acac", str(path))
    assert (code, shown.splitlines()[0][:38]) == (0, f"trace {spans[1].trace_id}")
    code, _, said = run("abad", str(path))
    assert code == 2
    assert "no trace begins with 'abad'" in said


@pytest.mark.parametrize("order", [(3, 1, 2), (1, 2, 3), (3, 3, 1)])
def test_the_last_trace_is_the_same_where_only_lines_that_matter_are_read(order, make_span, write_spans):
    path = write_spans([make_span(trace_id=f"{place}" * 32, at=at * 10**9) for place, at in enumerate(order)])
    assert last_trace_id(lambda matters: read([path], matters=matters)) == last_trace_id(
        lambda _: read([path])
    )
    spaced = path.read_text().replace('":"', '" : "')
    path.write_text(spaced)
    assert last_trace_id(lambda matters: read([path], matters=matters)) == last_trace_id(
        lambda _: read([path])
    )


@pytest.mark.parametrize(
    "absurd", [{"at": 2**64}, {"at": 10**30}, {"at": 2**64 - 1}, {"at": 9, "span_id": "x"}]
)
def test_a_line_that_is_no_span_hides_no_trace_that_began_last(absurd, make_span, write_spans):
    spans = [make_span(at=1), make_span(**absurd), make_span(at=3), make_span(at=2)]
    path, report = write_spans(spans), ReadReport()
    assert last_trace_id(lambda matters: read([path], matters=matters, report=report)) == spans[2].trace_id
    assert report.skipped == 1


def test_a_span_that_ends_before_it_begins_took_no_time(make_span):
    own = {"trace_id": "a" * 32}
    spans = [
        make_span(**own),
        replace(make_span(**own), end_ns=0),
        replace(make_span(**own), end_ns=NOON - 1),
    ]
    trace = trace_of(spans, "a" * 32)
    document = json.loads(as_json(trace))
    assert (document["duration_s"], [span["duration_s"] for span in document["spans"]]) == (1.5, [0, 0, 1.5])


def test_values_of_other_types_than_ours_are_no_texts_in_json(make_span):
    odd = {
        "otel_claude.task.name": b"bytes",
        "otel_claude.cache.status": nan,
        "otel_claude.cache.miss_reason": [1],
    }
    (span,) = json.loads(as_json(trace_of([make_span(odd, trace_id="a" * 32)], "a" * 32)))["spans"]
    assert (span["task"], span["cache_status"], span["cache_miss_reason"]) == (None, None, None)


def test_no_name_in_a_trace_can_control_the_terminal_or_end_the_page(make_span):
    odd = "\x1b[31m\ud800"
    said = {"gen_ai.response.model": odd, "otel_claude.feature": odd, "anthropic.message.stop_reason": odd}
    named = make_span(
        {**said, "error.type": odd, "otel_claude.cache.miss_reason": odd}, name=odd, trace_id="a" * 32
    )
    task = make_span({"otel_claude.task.name": odd}, name="a task", scope="app", trace_id="a" * 32)
    text = "".join(label(node) + "".join(details(node)) for node in trace_of([named, task], "a" * 32).nodes)
    assert text.isprintable()
    assert "[31m" in text


def test_only_lines_that_name_a_trace_are_decoded(make_span, write_spans):
    spans = [make_span() for _ in range(3)]
    found = list(read([write_spans(spans)], matters=naming(spans[1].trace_id)))
    assert [span.span_id for span in found] == [spans[1].span_id]
