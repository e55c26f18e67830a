"""A store that is read in parts, by several processes, comes to what it comes to as a whole, to the last digit."""

import dataclasses
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_claude.report import formats, parts, waiting
from otel_claude.report.calls import time_of
from otel_claude.report.parts import Question
from otel_claude.report.pricing import Pricing
from otel_claude.store import forms, reader
from otel_claude.store.reader import ReadReport, Slice
from tests.otel_claude.report.conftest import API, NOON, SDK, pair

BY = ("task", "feature", "tag.tenant", "miss-reason", "day")
NOW = time_of(NOON + 60 * 10**9)
HOUR = 3_600 * 10**9
USD = st.floats(0, 100) | st.sampled_from([0.1, 1 / 3, 1e-12])
TOKENS = st.integers(0, 3_000_000)


@st.composite
def spans(draw):
    """One line of OTLP/JSON: a span of a call, of the same call by others, of a task or of a batch."""
    number = draw(st.integers(1, 12))
    kind = draw(st.sampled_from(["call", "call", "call", "api", "other", "gpt", "task", "batch"]))
    attributes = {
        "otel_claude.feature": draw(st.sampled_from(["f", "g"])),
        "otel_claude.tag.tenant": draw(st.sampled_from(["a", "b"])),
        "otel_claude.task.name": "t",
        "otel_claude.task.id": f"task-{draw(st.integers(1, 3))}",
        "code.file.path": "app.py",
        "code.line.number": draw(st.integers(1, 3)),
    }
    if kind == "task":
        attributes |= {"otel_claude.task.calls": 1, "otel_claude.task.passed": draw(st.booleans())}
        attributes |= {"otel_claude.task.value": draw(USD), "otel_claude.task.models": ["claude-opus-5-5"]}
    elif kind == "batch":
        attributes |= {
            "anthropic.message.batch.id": f"batch-{draw(st.integers(1, 2))}",
            "otel_claude.batch.complete": draw(st.booleans()),
            "otel_claude.batch.requests.succeeded": draw(st.integers(0, 9)),
            "otel_claude.batch.tokens.input": draw(TOKENS),
            "otel_claude.batch.cost.amount": draw(USD),
            "otel_claude.batch.cost.status": "exact",
        }
    else:
        cost = {part: draw(USD) for part in ("input", "cache_read", "cache_write_5m", "output")}
        attributes |= {
            "gen_ai.operation.name": "chat",
            "gen_ai.response.model": draw(
                st.sampled_from(["claude-opus-5-5", "claude-haiku-4-5", "unknown"])
            ),
            "gen_ai.response.id": f"msg_{number}",
            "gen_ai.usage.input_tokens": draw(TOKENS),
            "gen_ai.usage.cache_read.input_tokens": draw(TOKENS),
            "gen_ai.usage.cache_write.input_tokens": draw(TOKENS),
            "gen_ai.usage.output_tokens": draw(TOKENS),
            "otel_claude.cache.miss_reason": draw(st.sampled_from(["expired", "first_write", "unknown"])),
            "otel_claude.cache.prefix": draw(st.sampled_from("pq")),
            "otel_claude.input.system_share": draw(st.floats(0, 1)),
            "otel_claude.input.head_repeated": draw(st.booleans()),
            "otel_claude.tools.called": draw(st.lists(st.sampled_from(["x", "y"]))),
            "otel_claude.tools.uncalled": ["z"],
            "otel_claude.tools.uncalled_tokens": [draw(st.integers(0, 5000))],
        }
        if kind == "gpt":
            attributes["gen_ai.response.model"] = "gpt-9"
        if kind == "call" and draw(st.booleans()):
            attributes |= {f"otel_claude.cost.{part}": usd for part, usd in cost.items()}
            attributes |= {
                "gen_ai.usage.cost.amount": sum(cost.values()),
                "otel_claude.cost.status": draw(st.sampled_from(["exact", "estimated"])),
                "otel_claude.cost.cache_savings": draw(USD) - 50,
            }
    start = NOON - draw(st.integers(0, 200)) * HOUR
    return line(
        {
            "traceId": f"{number % 3 + 1:032x}",
            # A call and what others tell of it, and copies of all of these
            "spanId": f"{number + 16 * (['call', 'api', 'other', 'gpt', 'task', 'batch'].index(kind)):016x}",
            "parentSpanId": f"{number:016x}" if kind == "api" else "",
            "name": "anthropic.messages.create" if kind in {"call", "api"} else kind,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 10**9),
            "attributes": list(map(pair, attributes.items())),
        },
        {"call": SDK, "api": API, "other": "other"}.get(kind, "otel_claude"),
        draw(st.sampled_from(["1", "2"])),
    )


def line(span, scope, version="1"):
    resource = {"attributes": [pair(("service.version", version))]}
    scopes = [{"scope": {"name": scope}, "spans": [span]}]
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}
    return json.dumps(request, separators=(",", ":")).encode() + b"\n"


def said(sums, report):
    """All that a report says."""
    sums.finish()
    table = sums.table(is_repriced=False)
    page = sums.page.content(sums.observer.notes(NOW), None)
    return (
        formats.as_json(table, table.rows, page.notes),
        dataclasses.asdict(page),
        sums.page.dearest_trace_id(),
        sums.counting.others,
        report,
    )


def whole(paths, question):
    reader._forms.cache_clear()  # what it learns of the lines is of these
    sums, report = question.sums(), ReadReport()
    sums.add(reader.read(paths, report=report))
    return said(sums, report)


def in_parts(paths, question):
    sums, report = question.sums(), ReadReport()
    for _ in parts.sum_up(reader.sources(paths, None), question, sums, report):
        pass
    return said(sums, report)


@pytest.fixture
def no_processes(monkeypatch):
    """Parts are read by this process: there are no others to be had."""

    def refuse(*arguments):
        raise OSError("no more processes")

    monkeypatch.setattr(parts, "ProcessPoolExecutor", refuse)


@pytest.fixture
def without_msgspec(monkeypatch):
    def switch(is_on):
        if is_on:
            monkeypatch.setitem(sys.modules, "otel_claude.store.typed", None)
        else:
            monkeypatch.delitem(sys.modules, "otel_claude.store.typed")
        reader._fast.cache_clear()

    yield switch
    reader._fast.cache_clear()


LINES = st.lists(
    spans() | st.sampled_from([b"\n", b"torn\n", b'{"level":"info"}\n']), min_size=1, max_size=25
)


@pytest.mark.parametrize("mode", ["recorded", "anew"])
def test_parts_of_any_size_and_each_way_to_decode_come_to_the_same(
    mode, tmp_path_factory, no_processes, without_msgspec, monkeypatch
):
    question = Question(BY, Pricing(mode=mode), has_page=True)
    monkeypatch.setattr(waiting, "BLOCK", 3)
    monkeypatch.setattr(forms, "LEAST", 2)

    @settings(max_examples=60, deadline=None)
    @given(LINES, LINES, st.integers(1, 9000))
    def check(first, second, size):
        folder = tmp_path_factory.mktemp("store")
        (folder / "a.jsonl").write_bytes(
            line({"traceId": "0" * 32, "spanId": "1" * 16}, "x") + b"".join(first)
        )
        (folder / "b.jsonl").write_bytes(b"".join(second).rstrip(b"\n"))
        monkeypatch.setattr(parts, "PART_BYTES", size)
        monkeypatch.setattr(forms, "FIRST", 10**9)
        expected = whole([folder], question)
        assert in_parts([folder], question) == expected
        monkeypatch.setattr(forms, "FIRST", 2)
        assert whole([folder], question) == expected
        without_msgspec(True)
        try:
            assert whole([folder], question) == expected
        finally:
            without_msgspec(False)

    check()


def test_processes_sum_up_what_one_does(tmp_path, monkeypatch, make_span):
    count = 3 * forms.FIRST
    lines = [
        line(
            {
                "traceId": f"{number % 40:032x}",
                "spanId": f"{number + 1:016x}",
                "name": "anthropic.messages.create",
                "startTimeUnixNano": str(NOON - number * HOUR),
                "endTimeUnixNano": str(NOON),
                "attributes": list(map(pair, make_span().attributes.items())),
            },
            SDK,
        )
        for number in range(count)
    ]
    torn, foreign, again = b"torn\n", b'{"level":"info"}\n', lines[count // 2 : -9]
    (tmp_path / "a.jsonl").write_bytes(b"".join([*lines[:-9], torn, *again, foreign]))
    (tmp_path / "b.jsonl").write_bytes(b"".join([*lines[-99:], foreign, lines[0][:-20], b"\n", lines[0]]))
    monkeypatch.setattr(parts, "PART_BYTES", len(b"".join(lines)) // 12)
    monkeypatch.setattr(parts, "processors", lambda: 2)
    ran = []

    class Pool(ProcessPoolExecutor):
        def map(self, *arguments):
            for found in super().map(*arguments):
                ran.append(self._max_workers)
                yield found

    monkeypatch.setattr(parts, "ProcessPoolExecutor", Pool)
    question = Question(("feature",), Pricing(), has_page=True)
    expected = whole([tmp_path], question)
    assert in_parts([tmp_path], question) == expected
    assert len(ran) > 4
    assert set(ran) == {2}
    assert json.loads(expected[0])["total"]["calls"] == count
    assert expected[-1].skipped == 4


def test_a_part_has_the_lines_that_begin_in_it(tmp_path):
    path = tmp_path / "f"
    ours = [line({"traceId": "0" * 32, "spanId": f"{number:016x}"}, "x") for number in range(5)]
    text = b"".join(ours)
    path.write_bytes(text)
    for middle in range(1, len(text)):
        slices = (Slice(path, 0, middle), Slice(path, middle))
        reports = [ReadReport(), ReadReport()]
        ids = [
            int(span.span_id, 16)
            for part, report in zip(slices, reports, strict=True)
            for span in reader.read_slice(part, report)
        ]
        assert ids == [0, 1, 2, 3, 4], middle
        assert sum(report.read_bytes for report in reports) == len(text)


def test_where_a_store_is_small_or_is_standard_input_one_process_reads_it(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"")
    os.truncate(path, parts.PART_BYTES * parts.LEAST_PARTS)
    monkeypatch.setattr(parts, "processors", lambda: 2)
    assert parts.is_worth_it({"x": [path]})
    assert not parts.is_worth_it({"x": [path], "-": [type(path)("-")]})
    os.truncate(path, parts.PART_BYTES)
    assert not parts.is_worth_it({"x": [path]})
    os.truncate(path, parts.PART_BYTES * parts.LEAST_PARTS)
    monkeypatch.setattr(parts, "processors", lambda: 1)
    assert not parts.is_worth_it({"x": [path]})
