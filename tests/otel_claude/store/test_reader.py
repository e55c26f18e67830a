import base64
import io
import json
import sys
import tracemalloc
from datetime import datetime, timezone
from math import inf
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_claude.store import reader
from otel_claude.store.reader import EmptyStoreError, ReadReport, StoreError, read

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARENT = "00f067aa0ba902b7"
NOON = 1_795_176_000_000_000_000  # 2026-11-20 12:00 UTC


def line(**span):
    span = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "anthropic.messages.create",
        "kind": 3,
        "startTimeUnixNano": str(NOON),
        "endTimeUnixNano": str(NOON + 5),
        **span,
    }
    scope = {"scope": {"name": "com.anthropic.sdk.python"}, "spans": [span]}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "app"}}]}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}) + "\n"


def put(path, *texts):
    path.write_text("".join(texts))
    return path


def test_a_span_has_everything_that_its_line_says(tmp_path):
    attributes = [
        {"key": "text", "value": {"stringValue": "é"}},
        {"key": "int", "value": {"intValue": "9007199254740993"}},
        {"key": "bare int", "value": {"intValue": 7}},
        {"key": "double", "value": {"doubleValue": 0.5}},
        {"key": "inf", "value": {"doubleValue": "Infinity"}},
        {"key": "bool", "value": {"boolValue": False}},
        {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "a"}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"intValue": "1"}}]}}},
        {"key": "bytes", "value": {"bytesValue": "AAE="}},
        {"key": "nothing", "value": {}},
    ]
    path = put(
        tmp_path / "f", line(attributes=attributes, parentSpanId=PARENT, status={"code": 2, "message": "no"})
    )
    (span,) = read([path])
    assert span == reader.Span(
        trace_id=TRACE,
        span_id=SPAN,
        parent_span_id=PARENT,
        name="anthropic.messages.create",
        kind=reader.CLIENT,
        scope="com.anthropic.sdk.python",
        start_ns=NOON,
        end_ns=NOON + 5,
        status_code=2,
        attributes={
            "text": "é",
            "int": 9007199254740993,
            "bare int": 7,
            "double": 0.5,
            "inf": float("inf"),
            "bool": False,
            "list": [1, "a"],
            "map": {"k": 1},
            "bytes": b"\x00\x01",
            "nothing": None,
        },
        resource={"service.name": "app"},
    )


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ({"intValue": "1" * 401}, int("1" * 401)),
        ({"intValue": -(10**400)}, -(10**400)),
        ({"doubleValue": "1" * 401}, inf),
        ({"doubleValue": "-1e400"}, -inf),
        ({"doubleValue": -inf}, -inf),
    ],
)
def test_a_number_of_any_length_is_a_value_and_costs_no_span(tmp_path, content, value):
    attributes = [{"key": "number", "value": content}, {"key": "other", "value": {"stringValue": "kept"}}]
    report = ReadReport()
    (span,) = read([put(tmp_path / "f", line(attributes=attributes))], report=report)
    assert span.attributes == {"number": value, "other": "kept"}
    assert report.skipped == 0


def test_ids_in_base64_or_capitals_and_enums_by_name_are_the_same_span(tmp_path):
    other = line(
        traceId=base64.b64encode(bytes.fromhex(TRACE)).decode(),
        spanId=SPAN.upper(),
        kind="SPAN_KIND_CLIENT",
        status={"code": "STATUS_CODE_ERROR"},
    )
    plain, named = read([put(tmp_path / "f", line(status={"code": 2}), other)])
    assert plain == named


def test_a_directory_is_read_in_the_order_of_its_files_and_other_files_are_left_alone(tmp_path):
    put(tmp_path / "traces-2026-11-20.jsonl", line(name="b"))
    put(tmp_path / "traces-2026-11-19.jsonl", line(name="a"))
    put(tmp_path / "notes.txt", "nothing\n")
    report = ReadReport()
    assert [span.name for span in read([tmp_path], report=report)] == ["a", "b"]
    assert report == ReadReport(files=2, lines=2, spans=2)


def test_a_project_stands_for_its_store(tmp_path):
    (tmp_path / ".otel-claude" / "traces").mkdir(parents=True)
    put(tmp_path / ".otel-claude" / "traces" / "traces-2026-11-20.jsonl", line())
    put(tmp_path / "other.jsonl", "{}\n")
    assert len(list(read([tmp_path]))) == 1


def test_a_file_that_is_named_twice_is_read_once(tmp_path):
    path = put(tmp_path / "traces.jsonl", line())
    assert len(list(read([path, tmp_path, str(path)]))) == 1


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(line().encode())))
    assert len(list(read(["-"]))) == 1


def test_damaged_and_foreign_lines_are_skipped_counted_and_the_first_is_named(tmp_path):
    path = put(
        tmp_path / "f",
        line(name="a"),
        "\n",
        line()[:200] + "\n",
        '{"resourceMetrics": []}\n',
        "text\n",
        line(traceId="xyz"),
        line(name="b"),
        line()[:50],
    )
    report = ReadReport()
    assert [span.name for span in read([path], report=report)] == ["a", "b"]
    assert (report.lines, report.spans, report.skipped) == (7, 2, 5)
    assert report.first_skipped == f"{path}:3: is cut short, or not JSON"


def test_a_line_that_another_process_appended_to_a_torn_one_is_recovered(tmp_path):
    compact = json.dumps(json.loads(line(name="whole")), separators=(",", ":"))
    path = put(tmp_path / "f", compact[:80], compact, "\n")
    report = ReadReport()
    assert [span.name for span in read([path], report=report)] == ["whole"]
    assert report.skipped == 1


def test_since_leaves_out_what_began_earlier_and_does_not_open_the_files_of_earlier_days(tmp_path):
    put(tmp_path / "traces-2026-11-18.jsonl", "not even JSON\n")
    put(tmp_path / "traces-2026-11-20.jsonl", line(), line(startTimeUnixNano=str(NOON - 1), name="earlier"))
    report = ReadReport()
    since = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    assert [span.start_ns for span in read([tmp_path], since=since, report=report)] == [NOON]
    assert (report.files, report.skipped) == (1, 0)


def test_a_missing_path_is_named_at_once(tmp_path):
    with pytest.raises(StoreError, match=r"gone: does not exist; name a store"):
        read([tmp_path / "gone"])


@pytest.mark.parametrize("paths", [[], ["."]])
def test_no_file_at_all_is_an_empty_store(tmp_path, monkeypatch, paths):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EmptyStoreError):
        read(paths)


def test_an_empty_file_has_no_spans(tmp_path):
    assert list(read([put(tmp_path / "f", "")])) == []


@pytest.mark.parametrize(
    "content", [b"\x00\xff\x80" * 1000, b"a,b\n1,2\n", b'{"a": 1}\n', b"[1]\n", b"null\n"]
)
def test_a_file_of_something_else_is_an_error_that_names_it(tmp_path, content):
    path = tmp_path / "f"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"f: nothing in it is OTLP/JSON; expected .*f:1"):
        list(read([path]))


def test_a_path_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    path = tmp_path / "loop"
    path.symlink_to(path)
    with pytest.raises(StoreError, match="loop"):
        list(read([path]))


def test_a_line_without_end_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "LINE_LIMIT", 10_000)
    path = put(tmp_path / "f", line(name="a"), "{" + "x" * 35_000 + "\n", line(name="b"))
    report = ReadReport()
    assert [span.name for span in read([path], report=report)] == ["a", "b"]
    assert (report.lines, report.skipped) == (3, 1)


def test_memory_does_not_grow_with_the_number_of_spans(tmp_path):
    def peak(count):
        path = put(tmp_path / str(count), line() * count)
        tracemalloc.start()
        for _ in read([path]):
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    # Lines from which a form is learnt take some 300 KB for a moment, however many there are.
    assert peak(27_000) < peak(9000) + 500_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=6,
)
LEAVES = ["traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "attributes", "status"]


@given(st.sampled_from(LEAVES), json_values)
def test_a_field_of_any_value_gives_a_span_of_the_right_types_or_a_skipped_line(
    tmp_path_factory, field, value
):
    path = put(tmp_path_factory.mktemp("f") / "f", line(name="fine"), line(**{field: value}))
    report = ReadReport()
    spans = list(read([path], report=report))
    assert report.spans + report.skipped == 2
    for span in spans:
        assert all(
            isinstance(text, str)
            for text in (span.trace_id, span.span_id, span.parent_span_id, span.name, span.scope)
        )
        assert all(isinstance(key, str) for key in span.attributes)
        assert 0 <= span.start_ns < 2**64


@given(st.lists(st.integers(0, 3), max_size=8), st.data())
def test_cutting_a_file_anywhere_loses_only_the_line_that_is_cut(tmp_path_factory, sizes, data):
    whole = [line(name="x" * size).encode() for size in sizes]
    content = b"".join(whole)
    cut = data.draw(st.integers(0, len(content)))
    path = tmp_path_factory.mktemp("f") / "f"
    path.write_bytes(line().encode() + content[:cut])
    complete, at = 0, 0
    for one in whole:
        at += len(one)
        complete += at - 1 <= cut
    assert len(list(read([path]))) == 1 + complete
