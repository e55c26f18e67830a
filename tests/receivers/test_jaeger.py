"""What a Jaeger has of calls: sent as they are made and replayed, searched, summed, with the API's own spans beside.

With JAEGER_QUERY_URL and JAEGER_OTLP_URL this runs against a real one, as a job of our CI does; without, against a
stand-in with the formats of its API.
"""

from __future__ import annotations

import json
import math
import uuid
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import anthropic
import pytest
from click.testing import CliRunner
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

import otel_claude
from otel_claude import attributes as names
from otel_claude import backends
from otel_claude.cli.replay import command as replay
from otel_claude.report.calls import calls
from otel_claude.report.table import tabulate
from otel_claude.simulator import Simulator
from otel_claude.store.reader import ReadReport, read
from otel_claude.store.writer import LineExporter, WriteThroughProcessor
from tests.receivers import jaeger

pytestmark = pytest.mark.receiver

LONG_AGO = datetime.now(timezone.utc) - timedelta(hours=1)
USAGE = {
    "input_tokens": 1000,
    "output_tokens": 200,
    "cache_read_input_tokens": 40_000,
    "cache_creation_input_tokens": 3000,
    "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000},
}
SONNET_USD = (1000 * 2 + 40_000 * 0.10 + 1000 * 2.50 + 2000 * 4 + 200 * 10) / 1e6
OPUS_USD = (1000 * 4 + 40_000 * 0.20 + 1000 * 5 + 2000 * 8 + 200 * 20) / 1e6
"""What a call with that usage costs: $0.0185 on Sonnet 5.5, $0.037 on Opus 5.5."""

SPANS = 7
"""Five calls and two tasks."""

READ_BY_THE_GENAI_VIEW = (
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
)
"""The attributes that Jaeger's view of a call (2.20) has places for, but for prompts, tools and agents."""


@pytest.fixture(scope="module")
def there():
    with jaeger.running() as one:
        yield one


@pytest.fixture(scope="module")
def sent(there, tmp_path_factory):
    """The service whose calls were sent as they were made, and the folder of a store with the same."""
    service = f"support-{uuid.uuid4().hex[:8]}"
    store = tmp_path_factory.mktemp("store")
    provider = _provider(there, service)
    provider.add_span_processor(WriteThroughProcessor(LineExporter(store)))
    apis_own = _provider(there, f"claude-platform-{service}")
    otel_claude.instrument(tracer_provider=provider, summary=False, older_names=True)
    try:
        with Simulator() as simulator:
            _calls(anthropic.Anthropic(api_key="k", base_url=simulator.url, max_retries=0), provider)
    finally:
        otel_claude.uninstrument()
    provider.shutdown()
    for span in there.wait_for(service, SPANS):
        _server_side(span, apis_own.get_tracer(names.SERVER_SCOPE))
    apis_own.shutdown()
    there.wait_for(f"claude-platform-{service}", 4)
    return service, store


def _provider(there, service):
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{there.otlp}/v1/traces")))
    return provider


def _calls(client, provider):
    def ask(model, *directives):
        return client.messages.create(
            model=model,
            max_tokens=64,
            messages=[{"role": "user", "content": "hello"}],
            extra_headers={"x-simulate": ";".join(directives)},
        )

    usage = f"usage={json.dumps(USAGE)}"
    with otel_claude.feature("answer"), otel_claude.task("resolve", unit="ticket") as run:
        ask("claude-sonnet-5-5", usage)
        run.record(passed=False)
        ask("claude-opus-5-5", usage)
        run.record(passed=True)
    with otel_claude.feature("triage"), otel_claude.task("sort") as run:
        ask("claude-sonnet-5-5", usage)
        run.record(passed=False)
    with suppress(anthropic.APIStatusError):
        ask("claude-sonnet-5-5", "error=529")
    ask("claude-next-9", usage)


def _server_side(span, tracer):
    """The span that the API itself exports of an answered call: the same tokens below the client's span, no cost."""
    if span.name != names.INFERENCE_SPAN or names.INPUT_TOKENS not in span.attributes:
        return
    parent = trace.SpanContext(
        int(span.trace_id, 16), int(span.span_id, 16), is_remote=True, trace_flags=trace.TraceFlags(1)
    )
    attributes = {
        name: value for name, value in span.attributes.items() if name.startswith(("gen_ai.", "anthropic."))
    }
    for name in (names.COST_AMOUNT, names.COST_CURRENCY, names.COST_SOURCE):
        attributes.pop(name, None)
    context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
    tracer.start_span(span.name, context, trace.SpanKind.SERVER, attributes).end()


def found_calls(there, service, **attributes):
    """The client's calls in the traces that a search finds."""
    found = there.find(service, **attributes)
    return [
        span
        for span in found
        if span.name == names.INFERENCE_SPAN and span.resource["service.name"] == service
    ]


def test_the_sums_of_a_report_are_those_of_the_store_with_the_apis_own_spans_beside(there, sent):
    service, store = sent
    both = f"{there.query}?service={service}&service=claude-platform-{service}"
    for by in ("feature", "model", "task"):
        found = tabulate(calls(backends.read(both, LONG_AGO, ReadReport())), [by])
        assert found == tabulate(calls(read([store])), [by])
    assert found.total.calls == 5
    assert found.total.cost_usd == pytest.approx(2 * SONNET_USD + OPUS_USD)


def test_what_sums_the_cost_over_all_spans_counts_each_call_once(there, sent):
    spans = there.find(sent[0])
    assert len([span for span in spans if span.scope == names.SERVER_SCOPE]) == 4
    amounts = [span.attributes[names.COST_AMOUNT] for span in spans if names.COST_AMOUNT in span.attributes]
    assert {type(amount) for amount in amounts} == {float}
    assert math.fsum(amounts) == pytest.approx(2 * SONNET_USD + OPUS_USD)


def test_types_are_kept(there, sent):
    for span in found_calls(there, sent[0], otel_claude__cost__status="exact"):
        assert type(span.attributes[names.INPUT_TOKENS]) is int
        assert type(span.attributes[names.CODE_LINE_NUMBER]) is int
        assert type(span.attributes[names.COST_CACHE_WRITE_1H]) is float


@pytest.mark.parametrize(
    ("attributes", "features"),
    [
        ({"otel_claude__cost__bucket": "0.01_to_0.1"}, ["answer", "answer", "triage"]),
        ({"otel_claude__cost__bucket": "ge_1"}, []),
        ({"otel_claude__feature": "triage"}, ["triage"]),
        ({"otel_claude__cost__status": "unpriced"}, [None]),
        ({"error__type": "overloaded_error"}, [None]),
        ({"otel_claude__task__cost_bucket": "0.01_to_0.1"}, ["answer", "answer", "triage"]),
        ({"otel_claude__task__passed": "false"}, ["triage"]),
        ({"otel_claude__task__attempts": "2"}, ["answer", "answer"]),
        ({"otel_claude__task__name": "resolve", "otel_claude__task__passed": "true"}, ["answer", "answer"]),
        ({"otel_claude__task__name": "sort", "otel_claude__task__passed": "true"}, []),
    ],
)
def test_a_search_by_attributes_finds_the_traces_with_such_a_span(there, sent, attributes, features):
    found = [span.attributes.get(names.FEATURE) for span in found_calls(there, sent[0], **attributes)]
    assert sorted(found, key=str) == features


def test_the_span_of_a_task_has_the_totals_of_its_calls(there, sent):
    spans = there.find(sent[0], otel_claude__task__attempts="2")
    (task,) = [span for span in spans if names.TASK_COST in span.attributes]
    assert task.attributes[names.TASK_COST] == pytest.approx(SONNET_USD + OPUS_USD)
    assert task.attributes[names.TASK_CALLS] == 2
    assert task.attributes["otel_claude.task.tokens.cache_write_1h"] == 4000
    assert names.COST_AMOUNT not in task.attributes


def test_the_genai_view_has_what_it_reads(there, sent):
    for span in found_calls(there, sent[0], otel_claude__cost__status="exact"):
        assert [name for name in READ_BY_THE_GENAI_VIEW if name not in span.attributes] == []
        assert span.attributes["gen_ai.usage.cache_creation.input_tokens"] == 3000


def test_a_store_that_is_replayed_is_there_once(there, sent, tmp_path):
    service = f"replayed-{uuid.uuid4().hex[:8]}"
    (file,) = sent[1].glob("*.jsonl")
    # Another service and other traces than those that are there already.
    lines = [_renewed(json.loads(line), service) for line in file.read_text().splitlines()]
    (tmp_path / "calls.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    for _ in range(2):
        arguments = [str(tmp_path / "calls.jsonl"), "--to", there.otlp]
        done = CliRunner(env={"XDG_STATE_HOME": str(tmp_path / "state")}).invoke(replay, arguments)
        assert done.exit_code == 0, done.output
    there.wait_for(service, SPANS)
    found = tabulate(
        calls(backends.read(f"{there.query}?service={service}", LONG_AGO, ReadReport())), ["feature"]
    )
    assert found == tabulate(calls(read([sent[1]])), ["feature"])


def _renewed(request, service):
    for of_resource in request["resourceSpans"]:
        for attribute in of_resource["resource"]["attributes"]:
            if attribute["key"] == "service.name":
                attribute["value"] = {"stringValue": service}
        for of_scope in of_resource["scopeSpans"]:
            for span in of_scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if span.get(name):
                        span[name] = f"{span[name][2:]}0e"
    return request
