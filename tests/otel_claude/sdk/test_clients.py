"""Every client class of the SDK, against an endpoint that answers where that class asks: one priced span a call."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import struct
import subprocess
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anthropic
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from otel_claude import attributes as names
from otel_claude.simulator import Simulator
from otel_claude.simulator.events import of_message
from tests.environments import ENVIRONMENTS, locked, sdk_overlay

MODEL = "claude-opus-5-5"
USAGE = {"input_tokens": 1000, "output_tokens": 100, "service_tier": "standard"}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "Hello."}],
    "model": MODEL,
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "stop_details": None,
    "container": None,
    "usage": USAGE,
}
ASK = {"max_tokens": 200, "messages": [{"role": "user", "content": "Say something."}]}
OPUS = 1000 * 4e-6 + 100 * 20e-6
"""1,000 prompt tokens at $4 a million and 100 of output at $20."""

SHAPES = ("create", "stream", "helper", "beta", "beta stream")


class Cloud(BaseHTTPRequestHandler):
    """Answers each request for a message at whatever path, in the encoding that goes with the path."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = self.path.partition("?")[0]
        self.server.paths.append(path)
        events = [event.encode() for event in of_message(MESSAGE)]
        if path.endswith("/invoke-with-response-stream"):
            frames = [event.split(b"data: ")[1].strip() for event in events]
            self.answer("application/vnd.amazon.eventstream", b"".join(map(frame, frames)))
        elif asked.get("stream"):
            self.answer("text/event-stream", b"".join(events))
        else:
            self.answer("application/json", json.dumps(MESSAGE).encode())

    def answer(self, content_type, content):
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        self.send_header("request-id", "req_1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def frame(event):
    """An event in the encoding of AWS event streams."""
    headers = b""
    for name, value in {
        ":event-type": "chunk",
        ":content-type": "application/json",
        ":message-type": "event",
    }.items():
        headers += (
            struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        )
    payload = json.dumps({"bytes": base64.b64encode(event).decode()}).encode()
    start = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    start += struct.pack("!I", zlib.crc32(start))
    rest = headers + payload
    return start + rest + struct.pack("!I", zlib.crc32(start + rest))


@pytest.fixture(scope="module")
def cloud():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    server.paths = []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def exporter():
    one = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(one))
    otel_claude.instrument(tracer_provider=provider, summary=False)
    yield one
    otel_claude.uninstrument()


@pytest.fixture(scope="module")
def botocore():
    """botocore, with which the SDK decodes Bedrock's streams."""
    folder = ENVIRONMENTS / "botocore"
    with locked(folder.name):
        if not (folder / ".complete").exists():
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--target",
                str(folder),
                "--upgrade",
            ]
            if subprocess.run([*command, "botocore>=1.35"], check=False).returncode:
                pytest.skip("botocore cannot be installed")
            (folder / ".complete").touch()
    sys.path.append(str(folder))
    yield
    sys.path.remove(str(folder))


CLIENTS = {
    # class: (its options, the model, provider, end of the scope, end of the path, USD, status, reason)
    "Anthropic": ({"api_key": "k"}, MODEL, "anthropic", "python", "/v1/messages", OPUS, "exact", None),
    "AnthropicAWS": (
        {"api_key": "k", "workspace_id": "w", "aws_region": "us-east-1"},
        MODEL,
        "anthropic",
        "python.aws",
        "/v1/messages",
        OPUS,
        "exact",
        None,
    ),
    "AnthropicFoundry": (
        {"api_key": "k"},
        MODEL,
        "anthropic",
        "python.foundry",
        "/v1/messages",
        OPUS,
        "exact",
        None,
    ),
    "AnthropicGoogleCloud": (
        {"skip_auth": True, "project": "p", "workspace_id": "w"},
        MODEL,
        "anthropic",
        "python.google_cloud",
        "/v1/messages",
        OPUS,
        "exact",
        None,
    ),
    "AnthropicBedrock": (
        {"api_key": "k", "aws_region": "us-east-1"},
        "us.anthropic.claude-opus-5-5",
        "aws.bedrock",
        "python.bedrock",
        "/model/us.anthropic.claude-opus-5-5/invoke",
        1.1 * OPUS,
        "exact",
        None,
    ),
    "AnthropicBedrockMantle": (
        {"api_key": "k", "aws_region": "us-east-1"},
        "anthropic.claude-opus-5-5",
        "aws.bedrock",
        "python.bedrock",
        "/v1/messages",
        OPUS,
        "estimated",
        "endpoint_unknown",
    ),
    "AnthropicVertex": (
        {"access_token": "t", "project_id": "p", "region": "us-east5"},
        MODEL,
        "gcp.vertex_ai",
        "python.vertex",
        f"/models/{MODEL}:rawPredict",
        1.1 * OPUS,
        "exact",
        None,
    ),
}


def client_of(name, cloud, *, asynchronous=False, **more):
    options = {**CLIENTS[name][0], **more}
    kind = getattr(anthropic, f"Async{name}" if asynchronous else name)
    return kind(base_url=f"http://127.0.0.1:{cloud.server_address[1]}", max_retries=0, **options)


def call(client, shape, ask):
    messages = client.beta.messages if shape.startswith("beta") else client.messages
    if shape == "helper":
        with messages.stream(**ask) as stream:
            return stream.get_final_message().id
    if shape.endswith("stream"):
        return next(event.message.id for event in list(messages.create(stream=True, **ask)))
    return messages.create(**ask).id


async def call_async(client, shape, ask):
    messages = client.beta.messages if shape.startswith("beta") else client.messages
    async with client:
        if shape == "helper":
            async with messages.stream(**ask) as stream:
                return (await stream.get_final_message()).id
        if shape.endswith("stream"):
            events = [event async for event in await messages.create(stream=True, **ask)]
            return events[0].message.id
        return (await messages.create(**ask)).id


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CLIENTS)
def test_each_call_is_one_priced_span(cloud, exporter, request, name, shape, asynchronous):
    _, model, provider, scope, path, usd, status, reason = CLIENTS[name]
    if name == "AnthropicBedrock" and shape in {"stream", "helper", "beta stream"}:
        request.getfixturevalue("botocore")
    cloud.paths.clear()
    client = client_of(name, cloud, asynchronous=asynchronous)
    ask = {"model": model, **ASK}
    done = asyncio.run(call_async(client, shape, ask)) if asynchronous else call(client, shape, ask)
    gc.collect()
    assert done == "msg_1"
    assert path in cloud.paths[0].replace("streamRawPredict", "rawPredict")
    (span,) = exporter.get_finished_spans()
    found = span.attributes
    assert span.name == "anthropic.messages.create"
    assert span.instrumentation_scope.name == f"com.anthropic.sdk.{scope}"
    assert found["gen_ai.provider.name"] == provider
    assert found["gen_ai.request.model"] == model
    assert found["gen_ai.usage.output_tokens"] == 100
    assert found["gen_ai.usage.cost.amount"] == pytest.approx(usd)
    assert (found["otel_claude.cost.status"], found.get("otel_claude.cost.reason")) == (status, reason)
    assert found["code.file.path"] == "tests/otel_claude/sdk/test_clients.py"


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_without_spans_of_the_sdk_comes_to_the_same(cloud, exporter, name):
    call(client_of(name, cloud, open_telemetry=False), "create", {"model": CLIENTS[name][1], **ASK})
    call(client_of(name, cloud), "create", {"model": CLIENTS[name][1], **ASK})
    emitted, enriched = exporter.get_finished_spans()
    assert emitted.instrumentation_scope.name == enriched.instrumentation_scope.name
    assert emitted.attributes.keys() == enriched.attributes.keys() - {names.REQUEST_REPEAT}
    varying = {"gen_ai.response.time_to_first_chunk", "code.line.number"}
    for key in emitted.attributes.keys() - varying:
        assert emitted.attributes[key] == enriched.attributes[key], key


@pytest.mark.matrix
@pytest.mark.parametrize("version", ["0.40.0", "0.75.0", "1.0.0", "1.13.0"])
def test_a_version_without_spans_comes_to_the_same(cloud, version):
    clients = {
        name: [options, model]
        for name, (options, model, *_) in CLIENTS.items()
        # Older ones sign the requests for Bedrock, with boto3.
        if name != "AnthropicBedrock" or version in {"1.0.0", "1.13.0"}
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(clients), json.dumps(ASK)],
        env={**sdk_overlay(version), "URL": f"http://127.0.0.1:{cloud.server_address[1]}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout)
    assert {"Anthropic", "AnthropicVertex"} <= found.keys()
    for name, spans in found.items():
        _, model, provider, scope, _, usd, status, _ = CLIENTS[name]
        wanted = [f"com.anthropic.sdk.{scope}", provider, model, pytest.approx(usd), status]
        assert spans == [wanted] * len(spans), name
        assert len(spans) == (1 if name == "AnthropicBedrock" else 3)


PROGRAM = """
import json, os, sys
import anthropic, otel_claude
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
otel_claude.instrument(tracer_provider=provider, summary=False)
clients, ask = json.loads(sys.argv[1]), json.loads(sys.argv[2])
found = {}
for name, (options, model) in clients.items():
    if not hasattr(anthropic, name):
        continue
    client = getattr(anthropic, name)(base_url=os.environ["URL"], max_retries=0, **options)
    exporter.clear()
    client.messages.create(model=model, **ask)
    if name != "AnthropicBedrock":
        list(client.messages.create(model=model, stream=True, **ask))
        client.beta.messages.create(model=model, **ask)
    found[name] = [
        [
            span.instrumentation_scope.name,
            span.attributes["gen_ai.provider.name"],
            span.attributes["gen_ai.request.model"],
            span.attributes["gen_ai.usage.cost.amount"],
            span.attributes["otel_claude.cost.status"],
        ]
        for span in exporter.get_finished_spans()
    ]
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("name", "options", "model", "usd", "status"),
    [
        ("AnthropicVertex", {"region": "global"}, MODEL, OPUS, "exact"),
        ("AnthropicVertex", {"region": "eu"}, MODEL, 1.1 * OPUS, "exact"),
        ("AnthropicGoogleCloud", {"location": "europe-west1"}, MODEL, 1.1 * OPUS, "exact"),
        ("AnthropicBedrock", {}, "global.anthropic.claude-opus-5-5", OPUS, "exact"),
        ("AnthropicBedrock", {}, "eu.anthropic.claude-opus-5-5", 1.1 * OPUS, "exact"),
        ("AnthropicBedrock", {}, "anthropic.claude-opus-5-5", OPUS, "estimated"),
        (
            "AnthropicBedrock",
            {},
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5-5",
            1.1 * OPUS,
            "exact",
        ),
        (
            "AnthropicBedrock",
            {},
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
            OPUS,
            "estimated",
        ),
    ],
)
def test_regional_endpoints_of_clouds_cost_more(cloud, exporter, name, options, model, usd, status):
    call(client_of(name, cloud, **options), "create", {"model": model, **ASK})
    found = exporter.get_finished_spans()[0].attributes
    assert found["gen_ai.usage.cost.amount"] == pytest.approx(usd)
    assert found["otel_claude.cost.status"] == status


class TestHowAClientIsMade:
    """Whatever the client, the hooks are below it."""

    def check(self, exporter, calls=1):
        spans = exporter.get_finished_spans()
        assert [span.attributes["gen_ai.usage.cost.amount"] for span in spans] == [
            pytest.approx(OPUS)
        ] * calls

    def test_before_the_instrumentation(self, cloud):
        client = client_of("Anthropic", cloud)
        call(client, "create", {"model": MODEL, **ASK})
        exporter, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        otel_claude.instrument(tracer_provider=provider, summary=False)
        try:
            call(client, "create", {"model": MODEL, **ASK})
        finally:
            otel_claude.uninstrument()
        self.check(exporter)
        call(client, "create", {"model": MODEL, **ASK})
        self.check(exporter)

    @pytest.mark.parametrize("accessor", ["with_raw_response", "with_streaming_response"])
    def test_with_an_accessor_that_is_older_than_the_instrumentation(self, cloud, accessor):
        messages = getattr(client_of("Anthropic", cloud).messages, accessor)
        exporter, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        otel_claude.instrument(tracer_provider=provider, summary=False)
        try:
            response = messages.create(model=MODEL, **ASK)
            if accessor == "with_raw_response":
                response.parse()
            else:
                with response as opened:
                    opened.parse()
        finally:
            otel_claude.uninstrument()
        self.check(exporter)

    @pytest.mark.parametrize("name", ["Anthropic", "AnthropicFoundry", "AnthropicAWS"])
    def test_as_a_copy_with_other_options(self, cloud, exporter, name):
        client = client_of(name, cloud)
        call(client, "create", {"model": MODEL, **ASK})
        call(client.with_options(timeout=5), "stream", {"model": MODEL, **ASK})
        self.check(exporter, calls=2)

    @pytest.mark.parametrize("shape", SHAPES)
    def test_with_middleware(self, cloud, exporter, shape):
        seen = []

        def middleware(request, call_next):
            seen.append(request.options.url)
            return call_next(request)

        call(client_of("Anthropic", cloud, middleware=[middleware]), shape, {"model": MODEL, **ASK})
        assert seen
        self.check(exporter)

    def test_with_middleware_that_answers_itself(self, cloud, exporter):
        """Nothing was sent and nothing is billed twice: what the middleware gives back is what the call came to."""
        kept = client_of("Anthropic", cloud).messages.create(model=MODEL, **ASK)
        client = client_of("Anthropic", cloud, middleware=[lambda request, call_next: kept])
        assert client.messages.create(model=MODEL, **ASK) is kept
        assert len(exporter.get_finished_spans()) == 2

    def test_with_a_provider_of_its_own(self, cloud, exporter):
        own, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(own))
        client = client_of("Anthropic", cloud, open_telemetry={"tracer_provider": provider})
        call(client, "create", {"model": MODEL, **ASK})
        assert not exporter.get_finished_spans()
        self.check(own)


class TestHelpersOfTheSDK:
    @pytest.fixture
    def sim(self):
        with Simulator() as simulator:
            yield simulator

    @pytest.fixture
    def client(self, sim):
        with anthropic.Anthropic(base_url=sim.url, api_key="any", max_retries=0) as one:
            yield one

    def test_each_turn_of_a_tool_runner_is_one_span_under_the_runners(self, exporter, client):
        @anthropic.beta_tool
        def look_up(word: str) -> str:
            """Looks a word up.

            Args:
                word: The word.
            """
            return f"{word} means something."

        runner = client.beta.messages.tool_runner(
            model=MODEL,
            max_tokens=200,
            tools=[look_up],
            messages=[{"role": "user", "content": "Please look up this word."}],
        )
        assert runner.until_done().stop_reason == "end_turn"
        spans = exporter.get_finished_spans()
        turns = [span for span in spans if span.name == "anthropic.messages.create"]
        (loop,) = [span for span in spans if span.name == "anthropic.messages.tool_runner"]
        (used,) = [span for span in spans if "tool_use" in span.name]
        assert [turn.parent.span_id for turn in turns] == [loop.context.span_id] * 2
        assert used.parent.span_id == loop.context.span_id
        assert all(turn.attributes["gen_ai.usage.cost.amount"] > 0 for turn in turns)
        assert not [span for span in (loop, used) if "gen_ai.usage.cost.amount" in span.attributes]

    def test_parse_is_one_span(self, exporter, client):
        import pydantic

        class Word(pydantic.BaseModel):
            word: str

        parsed = client.messages.parse(model=MODEL, output_format=Word, **ASK)
        assert isinstance(parsed.parsed_output, Word)
        (span,) = exporter.get_finished_spans()
        assert span.attributes["gen_ai.usage.cost.amount"] > 0

    def test_a_count_of_tokens_costs_nothing_and_says_nothing_of_cost(self, exporter, client):
        client.messages.count_tokens(model=MODEL, messages=ASK["messages"])
        (span,) = exporter.get_finished_spans()
        assert span.name == "anthropic.messages.count_tokens"
        assert not [name for name in span.attributes if name.startswith(("otel_claude", "gen_ai.usage"))]

    def test_a_parent_of_the_users_own_is_kept(self, exporter, client):
        provider = TracerProvider()
        with provider.get_tracer("app").start_as_current_span("request") as parent:
            client.messages.create(model=MODEL, **ASK)
        (span,) = exporter.get_finished_spans()
        assert span.parent.span_id == parent.get_span_context().span_id
        assert trace.get_current_span() is trace.INVALID_SPAN
