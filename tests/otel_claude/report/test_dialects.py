"""Spans that other instrumentations really made of calls, and spans as older releases of them did."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from otel_claude.cli.report import command
from otel_claude.cost import price
from otel_claude.report.calls import calls
from otel_claude.report.trace import trace_of
from otel_claude.simulator import Simulator
from otel_claude.store.reader import read
from otel_claude.usage import TOKEN_KINDS, Usage
from tests.environments import ROOT, library

OPENINFERENCE = "openinference.instrumentation.anthropic"
OPENLLMETRY = "opentelemetry.instrumentation.anthropic"
OFFICIAL = "opentelemetry.instrumentation.genai.anthropic"
RELEASES = (
    "openinference-instrumentation-anthropic==3.1.0",
    "opentelemetry-instrumentation-anthropic==0.62.4",
    "opentelemetry-instrumentation-genai-anthropic==1.3b0",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs the program with those instrumentations, and returns its store and what the API said of each call."""
    environment = library("instrumentations", *RELEASES)
    environment["PYTHONPATH"] += f":{ROOT}"

    def run(*instrumentations):
        store = tmp_path_factory.mktemp("store")
        with Simulator() as simulator:
            done = subprocess.run(
                [sys.executable, Path(__file__).parent / "instrumented.py", store, *instrumentations],
                env={**environment, "SIM": simulator.url},
                capture_output=True,
                text=True,
            )
        assert done.returncode == 0, done.stderr
        return store, [json.loads(line) for line in done.stdout.splitlines()]

    return run


def tokens(usages):
    return dict(
        zip(TOKEN_KINDS, map(sum, zip(*(usage.counts() for usage in usages), strict=True)), strict=True)
    )


def usd(usages):
    now = datetime.now(timezone.utc)
    return sum(price(usage, model="claude-sonnet-5-5", at=now).amount for usage in usages)


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("instrumentations", "knows_ttl", "counts_placeholders"),
    [
        ([OPENINFERENCE], True, 0),
        ([OPENLLMETRY], False, 2),  # its streams, of which it counts the placeholder at the start too
        ([OFFICIAL], False, 0),
        ([OPENINFERENCE, "sdk"], True, 0),
        ([OPENLLMETRY, "sdk"], True, 0),
        ([OFFICIAL, "sdk"], True, 0),
        ([OPENLLMETRY, OPENINFERENCE], True, 0),
        ([OPENINFERENCE, OPENLLMETRY], True, 1),  # the first one then reads no tokens from the stream
        ([OPENLLMETRY, OFFICIAL], False, 0),
        ([OFFICIAL, OPENINFERENCE, OPENLLMETRY, "sdk"], True, 0),
    ],
)
def test_each_call_counts_once_with_the_tokens_and_at_the_price_of_what_the_api_said(
    run, instrumentations, knows_ttl, counts_placeholders
):
    store, said = run(*instrumentations)
    usages = [Usage.of_response(each["usage"]) for each in said]
    if not knows_ttl:
        usages = [
            usage._replace(cache_write_5m_tokens=usage.cache_write_tokens, cache_write_1h_tokens=0)
            for usage in usages
        ]
    found = list(calls(read([store])))
    answered = [call for call in found if call.error is None]
    expected = tokens(usages)
    expected["output"] += counts_placeholders
    assert len(answered) == len(said) == 8
    assert tokens([call.usage for call in answered]) == expected
    per_token = 10e-6
    assert sum(call.cost_usd for call in answered) == pytest.approx(
        usd(usages) + counts_placeholders * per_token, rel=1e-12
    )
    assert {(call.cost_status, call.cost_reason) for call in answered} == {("estimated", "usage_incomplete")}
    assert {call.model for call in answered} == {"claude-sonnet-5-5"}
    assert expected["cache_write_5m"] > 6000
    assert (expected["cache_write_1h"] > 6000) is knows_ttl


OI = {
    "openinference.span.kind": "LLM",
    "llm.provider": "anthropic",
    "llm.model_name": "claude-sonnet-5-5",
    "llm.token_count.prompt": 13_000,
    "llm.token_count.completion": 500,
    "llm.token_count.prompt_details.cache_read": 10_000,
    "llm.token_count.prompt_details.cache_write": 2_000,
}
OLD = {
    "llm.request.type": "chat",
    "gen_ai.system": "Anthropic",
    "gen_ai.request.model": "claude-sonnet-5-5",
    "gen_ai.usage.prompt_tokens": 13_000,
    "gen_ai.usage.completion_tokens": 500,
    "gen_ai.usage.cache_read_input_tokens": 10_000,
    "gen_ai.usage.cache_creation_input_tokens": 2_000,
}


@pytest.fixture
def foreign(make_span):
    def make(attributes, **fields):
        span = make_span(scope="theirs", name="chat", **fields)
        return replace(span, attributes=attributes)

    return make


@pytest.mark.parametrize("attributes", [OI, OLD, {**OI, "llm.provider": "openrouter"}])
def test_a_span_in_another_dialect_is_priced_and_said_to_be_estimated(foreign, attributes):
    (call,) = calls([foreign(attributes)])
    assert call.cost_usd == pytest.approx(0.013)
    assert (call.cost_status, call.model) == ("estimated", "claude-sonnet-5-5")
    assert call.usage.counts() == (1_000, 10_000, 2_000, 0, 500)


def test_a_prompt_that_is_less_than_what_was_cached_is_without_it(foreign):
    (call,) = calls([foreign({**OI, "llm.token_count.prompt": 1_000})])
    assert call.usage.counts() == (1_000, 10_000, 2_000, 0, 500)


@pytest.mark.parametrize(
    "more",
    [
        {"openinference.span.kind": "CHAIN"},
        {"openinference.span.kind": "AGENT"},
        {"openinference.span.kind": "LLM", "llm.token_count.prompt": None},
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 5},
    ],
)
def test_what_sums_up_other_spans_or_has_no_tokens_is_no_call(foreign, more):
    attributes = {name: value for name, value in {**OI, **more}.items() if value is not None}
    if "gen_ai.operation.name" in more:
        del attributes["openinference.span.kind"]
    assert list(calls([foreign(attributes)])) == []


@pytest.mark.parametrize(
    "output", ["{", "[]", '"x"', "{}", '{"type":"message"}', '{"type":"message","id":5}']
)
def test_a_response_that_is_something_else_says_nothing(foreign, output):
    (call,) = calls([foreign({**OI, "output.value": output})])
    assert call.usage.counts() == (1_000, 10_000, 2_000, 0, 500)


def test_one_call_by_two_that_know_only_each_others_response_counts_once(foreign):
    response = {"type": "message", "id": "msg_1", "usage": {"cache_creation_input_tokens": 2_000}}
    both = [
        foreign({**OI, "output.value": json.dumps(response)}),
        foreign({**OLD, "gen_ai.response.id": "msg_1"}),
        foreign({**OLD, "gen_ai.response.id": "msg_2"}),
    ]
    assert len(list(calls(both))) == len(list(calls(reversed(both)))) == 2


OTHERS = {
    "openinference": {**OI, "llm.provider": "openai", "llm.model_name": "gpt-9"},
    "genai": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.model": "gpt-9",
        "gen_ai.usage.input_tokens": 5,
    },
    "old": {**OLD, "gen_ai.system": "openai", "gen_ai.request.model": "gpt-9"},
}


@pytest.mark.parametrize("attributes", OTHERS.values(), ids=OTHERS)
def test_calls_to_other_models_are_counted_and_left_out(foreign, tmp_path, attributes, write_spans):
    spans = [foreign(attributes), foreign(attributes), foreign(OI)]
    assert len(list(calls(spans))) == 1
    trace = trace_of([replace(span, trace_id="t") for span in spans], "t")
    assert [node.kind for node in trace.nodes] == ["other", "other", "call"]
    done = CliRunner().invoke(command, [str(write_spans(spans)), "--format", "json"])
    assert json.loads(done.stdout)["total"]["calls"] == 1
    assert "left out 2 spans of calls to models that are not Claude, most of them to gpt-9" in done.stderr
