import itertools
import json

import anthropic
import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

import otel_claude
from otel_claude.simulator import Simulator
from otel_claude.store.reader import CLIENT, SERVER, Span
from otel_claude.store.writer import LineExporter, WriteThroughProcessor

NOON = 1_795_176_000_000_000_000  # 2026-11-20 12:00 UTC
SDK = "com.anthropic.sdk.python"
API = "com.anthropic.claude-platform"


@pytest.fixture(scope="session")
def make_span():
    """Makes spans as the SDK's own: Sonnet 5.5, 13,000 prompt tokens, 500 output tokens, $0.013."""
    numbers = itertools.count(1)

    def make(attributes=None, *, scope=SDK, name="anthropic.messages.create", at=NOON, status=0, **fields):
        number = next(numbers)
        return Span(
            trace_id=fields.get("trace_id", f"{number:032x}"),
            span_id=fields.get("span_id", f"{number:016x}"),
            parent_span_id=fields.get("parent_span_id", ""),
            name=name,
            kind=SERVER if scope == API else CLIENT,
            scope=scope,
            start_ns=at,
            end_ns=at + 1_500_000_000,
            status_code=status,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "claude-sonnet-5-5",
                "gen_ai.response.model": "claude-sonnet-5-5",
                "gen_ai.response.id": f"msg_{number}",
                "gen_ai.usage.input_tokens": 13_000,
                "gen_ai.usage.cache_read.input_tokens": 10_000,
                "gen_ai.usage.cache_write.input_tokens": 2_000,
                "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 2_000,
                "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 0,
                "gen_ai.usage.output_tokens": 500,
                "anthropic.message.stop_reason": "end_turn",
                "http.response.status_code": 200,
                **(attributes or {}),
            },
            resource={},
        )

    return make


@pytest.fixture(scope="session")
def sim():
    with Simulator() as one:
        yield one


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """A tracer provider that writes to the store of an empty project, which is the current directory."""
    (tmp_path / "pyproject.toml").touch()
    for name in ("OTEL_CLAUDE_STORE", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    provider = TracerProvider(resource=Resource({}), shutdown_on_exit=False)
    provider.add_span_processor(WriteThroughProcessor(LineExporter()))
    return provider


@pytest.fixture
def client(sim, recording):
    """A client in an empty project, whose calls are recorded in the project's store."""
    otel_claude.instrument(tracer_provider=recording, summary=False)
    with anthropic.Anthropic(api_key="k", base_url=sim.url, max_retries=0) as one:
        yield one
    otel_claude.uninstrument()


@pytest.fixture
def write_spans(tmp_path):
    """Writes spans to a file, a line each, and returns its path."""

    def write(spans):
        path = tmp_path / "spans.jsonl"
        path.write_bytes(b"".join(map(line_of, spans)))
        return path

    return write


def line_of(span):
    """`span` as a line of OTLP/JSON."""
    one = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_span_id,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": list(map(pair, span.attributes.items())),
        "status": {"code": span.status_code},
    }
    resource = {"attributes": list(map(pair, span.resource.items()))}
    scopes = [{"scope": {"name": span.scope}, "spans": [one]}]
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}
    return json.dumps(request, separators=(",", ":")).encode() + b"\n"


def pair(item):
    return {"key": item[0], "value": value(item[1])}


def value(one):
    if isinstance(one, list):
        return {"arrayValue": {"values": [value(each) for each in one]}}
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}
    return {kinds[type(one)]: str(one) if type(one) is int else one}
