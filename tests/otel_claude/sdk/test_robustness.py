"""An exception in any line of ours that a call runs through: the application must see nothing of it.

A *shape* is a way to make a call. Each is run once to learn which of our lines it executes, and then once for each of
those lines, with an exception raised there.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import json
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import anthropic
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

import otel_claude
from otel_claude.store.writer import LineExporter, WriteThroughProcessor
from tests.otel_claude.sdk.in_memory import API, ASK, REFUSED_MAX_TOKENS

OURS = str(Path(otel_claude.__file__).parent)


class ForcedError(Exception):
    """Raised in a line of ours."""


def create(client):
    return client.messages.create(**ASK).content[0].text


def refused(client):
    try:
        client.messages.create(**{**ASK, "max_tokens": REFUSED_MAX_TOKENS})
    except anthropic.BadRequestError as error:
        return error.status_code
    return None


def stream(client):
    return [event.type for event in client.messages.create(stream=True, **ASK)]


def stream_left(client):
    with client.messages.create(stream=True, **ASK) as events:
        for event in events:
            return event.type
    return None


def stream_dropped(client):
    kind = next(client.messages.create(stream=True, **ASK)).type
    gc.collect(0)
    return kind


def helper(client):
    with client.messages.stream(**ASK) as events:
        return ["".join(events.text_stream), events.get_final_message().usage.output_tokens]


def raw(client):
    response = client.messages.with_raw_response.create(**ASK)
    return [response.headers["request-id"], response.parse().content[0].text]


def body_as_bytes(client):
    with client.messages.with_streaming_response.create(**ASK) as response:
        return json.loads(response.read())["id"]


def body_by_lines(client):
    with client.messages.with_streaming_response.create(stream=True, **ASK) as response:
        return list(response.iter_lines())


async def async_create(client):
    return (await client.messages.create(**ASK)).content[0].text


async def async_refused(client):
    try:
        await client.messages.create(**{**ASK, "max_tokens": REFUSED_MAX_TOKENS})
    except anthropic.BadRequestError as error:
        return error.status_code
    return None


async def async_stream(client):
    return [event.type async for event in await client.messages.create(stream=True, **ASK)]


async def async_stream_left(client):
    async with await client.messages.create(stream=True, **ASK) as events:
        async for event in events:
            return event.type
    return None


async def async_helper(client):
    async with client.messages.stream(**ASK) as events:
        return (await events.get_final_message()).usage.output_tokens


async def async_body_by_lines(client):
    async with client.messages.with_streaming_response.create(stream=True, **ASK) as response:
        return [line async for line in response.iter_lines()]


SYNC = [create, refused, stream, stream_left, stream_dropped, helper, raw, body_as_bytes, body_by_lines]
ASYNC = [async_create, async_refused, async_stream, async_stream_left, async_helper, async_body_by_lines]

OUTERMOST = {
    "ending_span.py": {"__init__", "end", "set_attribute"},
    "forwarding_span.py": {"__init__", "is_recording", "set_status"},
    "sdk/hooks.py": {
        *("request", "build_request", "process_response", "start_api_call_span", "finish_api_call_span"),
        "__init__",
    },
    "sdk/observers.py": {"begin", "item", "end", "__init__"},
    "sdk/body.py": {
        "__iter__",
        "__aiter__",
        "close",
        "aclose",
        "elapsed",
        "__del__",
        "_ended",
        "add",
        "__init__",
    },
    "sdk/call.py": {"answered", "failed", "event", "body_ended", "begin", "first_chunk"},
    "store/writer.py": {"on_start", "on_end"},
    "attribution/withheld.py": {"send", "is_needed", "_withheld"},
}
"""What is called by others, or is a guard itself: there only the lines inside a `try` may fail.

The others are a few assignments and calls of what is guarded. Each of them is read with that in mind.
"""


CANNOT_FAIL = ("self._settling.acquire(blocking=False)", "self._settling.locked()")
"""What is asked of a lock without waiting for it."""


class Line(NamedTuple):
    file: str
    function: str
    number: int


@cache
def kinds_of_lines(file):
    """The lines that need not fail, and the lines inside a `try` that catches everything.

    A line that only names things cannot fail, and what `finally` does is the last resort: it ends the span.
    """
    source = Path(file).read_text()
    safe = {
        number
        for number, line in enumerate(source.splitlines(), 1)
        if any(asked in line for asked in CANNOT_FAIL)
    }
    guarded = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Try):
            safe.add(node.lineno)
            if node.finalbody:
                safe.update(range(node.finalbody[0].lineno, node.finalbody[-1].end_lineno + 1))
            if any(catches_all(handler) for handler in node.handlers):
                guarded.update(range(node.body[0].lineno, node.body[-1].end_lineno + 1))
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return, ast.If, ast.While)):
            said = [node.test] if isinstance(node, (ast.If, ast.While)) else list(ast.iter_child_nodes(node))
            if all(isinstance(part, NAMING) for each in said for part in ast.walk(each)):
                safe.update(
                    range(node.lineno, max(each.end_lineno for each in [*said]) + 1)
                    if said
                    else [node.lineno]
                )
    return safe, guarded


NAMING = (
    *(
        ast.Name,
        ast.Attribute,
        ast.Constant,
        ast.Tuple,
        ast.expr_context,
        ast.UnaryOp,
        ast.Not,
        ast.BoolOp,
        ast.boolop,
    ),
    *(ast.IfExp, ast.Compare, ast.Is, ast.IsNot),
)


def catches_all(handler):
    is_for_all = isinstance(handler.type, ast.Name) and handler.type.id == "Exception"
    return is_for_all and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def may_fail(line):
    name = Path(line.file).relative_to(OURS).as_posix()
    safe, guarded = kinds_of_lines(line.file)
    return line.number not in safe and (
        line.function not in OUTERMOST.get(name, ()) or line.number in guarded
    )


class Tracer:
    """Notes the lines of ours that are executed, or raises `ForcedError` at the first execution of one."""

    def __init__(self, target=None):
        self.lines = {}
        self.target = target
        self.is_done = False

    def __call__(self, frame, event, argument):
        return self.step if frame.f_code.co_filename.startswith(OURS) else None

    def step(self, frame, event, argument):
        if event == "line":
            line = Line(frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno)
            self.lines[line] = None
            if line == self.target and not self.is_done:
                self.is_done = True
                raise ForcedError(line)
        return self.step


class Counter(SpanProcessor):
    def __init__(self):
        self.started = self.ended = 0

    def on_start(self, span, parent_context=None):
        self.started += 1

    def on_end(self, span):
        self.ended += 1


class Bench:
    """An instrumented SDK whose calls are answered from memory."""

    def __init__(self, directory, spans_on):
        self.spans = Counter()
        # At exit the exporter would say how many spans it lost, which is what it is made to do here.
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(self.spans)
        self.provider.add_span_processor(WriteThroughProcessor(LineExporter(directory)))
        self.meters = MeterProvider([InMemoryMetricReader()])
        options = {} if spans_on else {"open_telemetry": False}
        self.sync, self.asynchronous = API().client(**options), API().async_client(**options)

    def run(self, shape, tracer=None):
        """What the application got, and how many spans of the call started and ended."""
        self.spans.started = self.spans.ended = 0
        with otel_claude.feature("search"):
            sys.settrace(tracer)
            try:
                result = asyncio.run(shape(self.asynchronous)) if shape in ASYNC else shape(self.sync)
            except Exception as error:
                result = repr(error)
            finally:
                sys.settrace(None)
        return result, self.spans.started, self.spans.ended


@pytest.mark.parametrize("spans_on", [True, False], ids=["enriched", "emitted"])
@pytest.mark.parametrize("shape", [*SYNC, *ASYNC], ids=lambda shape: shape.__name__)
def test_no_line_of_ours_can_break_a_call(shape, spans_on, tmp_path, monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda caught: unraisable.append(caught.exc_value))
    bench = Bench(tmp_path / "store", spans_on)
    expected, _, _ = bench.run(shape)
    otel_claude.instrument(tracer_provider=bench.provider, meter_provider=bench.meters, summary=True)
    try:
        assert bench.run(shape) == (expected, 1, 1)
        survey = Tracer()
        assert bench.run(shape, survey) == (expected, 1, 1)
        lines = [line for line in survey.lines if may_fail(line)]
        assert len(lines) > 60
        broken = []
        for line in lines:
            tracer = Tracer(line)
            result, started, ended = bench.run(shape, tracer)
            if result != expected or started != ended or (spans_on and ended != 1) or unraisable:
                place = f"{Path(line.file).relative_to(OURS)}:{line.number} in {line.function}"
                broken.append(f"{place}: {str(result)[:80]}, spans {started}/{ended} {unraisable}")
                unraisable.clear()
        assert not broken, "\n".join(broken)
    finally:
        otel_claude.uninstrument()
