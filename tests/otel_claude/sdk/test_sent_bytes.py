"""What goes over the wire to the API: without a tracer provider of the application's, not a byte of it is ours."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from functools import cache

import pytest

from otel_claude.simulator import Simulator
from tests.environments import sdk_overlay

PROGRAM = """
import asyncio, contextlib, inspect, os, sys
import anthropic
from opentelemetry import baggage, context, propagate, trace

if "with us" in sys.argv:
    import otel_claude
    otel_claude.instrument(summary=False)
if "own provider" in sys.argv:
    from opentelemetry.sdk.trace import TracerProvider
    trace.set_tracer_provider(TracerProvider())

ASK = dict(model="claude-sonnet-5-5", max_tokens=9, messages=[{"role": "user", "content": "Say something."}])
REMOTE = trace.NonRecordingSpan(trace.SpanContext(7, 7, is_remote=True, trace_flags=trace.TraceFlags(1)))
at = dict(api_key="k", base_url=os.environ["SIM"], max_retries=0)


def calls(client):
    client.messages.create(**ASK)
    list(client.messages.create(stream=True, **ASK))
    with client.messages.stream(**ASK) as stream:
        stream.get_final_message()
    with client.messages.with_streaming_response.create(**ASK) as response:
        response.read()
    client.with_options(max_retries=1).messages.create(
        extra_headers={"x-simulate": "error=529,200;retry-after=0.001"}, **ASK
    )


def inject(request):
    # As what instruments an HTTP client does with each request, provider or not.
    propagate.inject(request.headers)


calls(anthropic.Anthropic(**at))
if "open_telemetry" in inspect.signature(anthropic.Anthropic).parameters:
    calls(anthropic.Anthropic(open_telemetry=False, **at))
calls(anthropic.Anthropic(http_client=anthropic.DefaultHttpxClient(event_hooks={"request": [inject]}), **at))
token = context.attach(trace.set_span_in_context(REMOTE, baggage.set_baggage("whose", "the application's")))
calls(anthropic.Anthropic(**at))
context.detach(token)


async def main():
    async with anthropic.AsyncAnthropic(**at) as client:
        await client.messages.create(**ASK)
        [event async for event in await client.messages.create(stream=True, **ASK)]

asyncio.run(main())

if hasattr(anthropic, "beta_tool"):
    @anthropic.beta_tool
    def get_weather(city: str) -> str:
        carrier = {}
        propagate.inject(carrier)
        return f"Rain {carrier}"

    headers = {"x-simulate": "tool-use"}
    runner = anthropic.Anthropic(**at).beta.messages.tool_runner(
        tools=[get_weather], max_iterations=2, extra_headers=headers, **ASK
    )
    with contextlib.suppress(anthropic.BadRequestError):
        list(runner)  # Since 2.12 the second request has no tools, so the simulator cannot have one used.
"""


class Wiretap:
    """Passes on what clients send to a simulator, and keeps it: the bytes of each connection, in order."""

    def __init__(self):
        self.port = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            kept = bytearray()
            self.sent.append(kept)
            server = socket.create_connection(("127.0.0.1", self.port))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass_on, args=(client, server, kept), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, bytearray()), daemon=True).start()

    def _pass_on(self, source, target, kept):
        try:
            while data := source.recv(65536):
                kept += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self._listener.close()


@pytest.fixture(scope="module")
def tap():
    tap = Wiretap()
    yield tap
    tap.close()


def sent(tap, *arguments, version="installed", store="off", **environment):
    """What the program sent on each connection when it was started with the arguments."""
    tap.sent.clear()
    overlay = os.environ if version == "installed" else sdk_overlay(version)
    variables = {**overlay, "SIM": tap.url, "OTEL_CLAUDE_STORE": str(store), **environment}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    with Simulator() as simulator:  # A new one, whose answers have the same ids as those of the last.
        tap.port = int(simulator.url.rpartition(":")[2])
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [bytes(connection) for connection in tap.sent]


@pytest.fixture(scope="module")
def bare(tap):
    """What the program sends without us, with a version of the SDK and a propagator."""
    return cache(lambda version, propagators: sent(tap, version=version, OTEL_PROPAGATORS=propagators))


def kept(store):
    """The spans in a local store."""
    lines = [line for file in store.rglob("*.jsonl") for line in file.read_text().splitlines()]
    scopes = [
        scope
        for line in lines
        for found in json.loads(line)["resourceSpans"]
        for scope in found["scopeSpans"]
    ]
    return [span for scope in scopes for span in scope["spans"]]


BOTH = "tracecontext,baggage"


@pytest.mark.matrix
@pytest.mark.parametrize("version", ["0.75.0", "1.14.0", "installed"])
def test_without_a_provider_every_byte_sent_is_as_without_us(tap, bare, version, tmp_path):
    assert sent(tap, "with us", version=version, store=tmp_path) == bare(version, BOTH)
    spans = kept(tmp_path)
    assert len(spans) > 15
    assert len([span for span in spans if span.get("parentSpanId") == f"{7:016x}"]) == 5
    if version == "installed":
        # Nobody sees the spans, and still they are one trace.
        (runner,) = [span for span in spans if span["name"] == "anthropic.messages.tool_runner"]
        children = [span for span in spans if span.get("parentSpanId") == runner["spanId"]]
        assert {span["traceId"] for span in children} == {runner["traceId"]}
        assert {span["name"].partition(" ")[0] for span in children} == {
            "anthropic.custom_tool_use",
            "anthropic.messages.create",
        }


WAYS = {
    "exported as the environment says": {"OTEL_TRACES_EXPORTER": "console"},
    "dropped by a sampler": {"OTEL_TRACES_EXPORTER": "console", "OTEL_TRACES_SAMPLER": "always_off"},
    "under another propagator": {"OTEL_TRACES_EXPORTER": "console", "OTEL_PROPAGATORS": "baggage"},
}


@pytest.mark.parametrize("way", WAYS)
def test_without_a_provider_every_byte_sent_is_as_without_us_when_spans_are(tap, bare, way):
    assert sent(tap, "with us", **WAYS[way]) == bare("installed", WAYS[way].get("OTEL_PROPAGATORS", BOTH))


def test_the_trace_context_goes_along_for_an_application_that_has_a_provider(tap):
    def requests(connections):
        return [connection.count(b"\r\ntraceparent: ") for connection in connections]

    without_us = requests(sent(tap, "own provider"))
    assert requests(sent(tap, "own provider", "with us")) == without_us
    assert sum(without_us) > 10
