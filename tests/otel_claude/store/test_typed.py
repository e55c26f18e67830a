"""With msgspec installed or not, a line is the same spans."""

import base64
import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_claude.store import reader

typed = pytest.importorskip("otel_claude.store.typed")

IDS = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331"}

ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([]) | st.just({})
"""What a field may have that should have something else."""

VALUES = st.recursive(
    st.fixed_dictionaries({"stringValue": st.text() | ANY})
    | st.fixed_dictionaries({"intValue": st.integers() | st.integers().map(str) | ANY})
    | st.fixed_dictionaries({"doubleValue": st.floats() | st.sampled_from(["NaN", "-Infinity", "x"]) | ANY})
    | st.fixed_dictionaries({"boolValue": st.booleans() | ANY})
    | st.fixed_dictionaries({"bytesValue": st.binary().map(lambda raw: base64.b64encode(raw).decode()) | ANY})
    | st.fixed_dictionaries({"unknownValue": ANY})
    | st.just({}),
    lambda inner: (
        st.fixed_dictionaries(
            {"arrayValue": st.fixed_dictionaries({}, optional={"values": st.lists(inner)}) | ANY}
        )
        | st.fixed_dictionaries(
            {
                "kvlistValue": st.fixed_dictionaries(
                    {"values": st.lists(st.fixed_dictionaries({"key": st.text(), "value": inner}))}
                )
            }
        )
    ),
    max_leaves=5,
)
ATTRIBUTES = st.lists(st.fixed_dictionaries({"key": st.text()}, optional={"value": VALUES, "more": ANY}))
FIELDS = st.fixed_dictionaries(
    {name: st.just(text) for name, text in IDS.items()},
    optional={
        "parentSpanId": st.sampled_from(["", "00F067AA0BA902B7", "APBnqgupArc=", "x"]) | ANY,
        "name": st.text() | ANY,
        "kind": st.integers(0, 5) | st.sampled_from(list(reader.KINDS)) | ANY,
        "startTimeUnixNano": st.integers(0, 2**65) | st.integers(0, 2**64).map(str) | ANY,
        "status": st.fixed_dictionaries({}, optional={"code": st.integers(0, 2) | ANY}) | ANY,
        "attributes": ATTRIBUTES | ANY,
        "events": ANY,
    },
)
RESOURCES = st.fixed_dictionaries({}, optional={"attributes": ATTRIBUTES | ANY}) | ANY


def lines_of(resource, span):
    scope = {"scope": {"name": "s", "version": "1"}, "spans": [span, span]}
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
    return json.dumps(request).encode() + b"\n", json.dumps(request, ensure_ascii=False).encode(
        errors="surrogatepass"
    )


@given(RESOURCES, FIELDS)
@example({}, {**IDS, "name": "\ud800"})
@example({}, {**IDS, "attributes": [{"key": "k", "value": {"intValue": "9007199254740993"}}]})
def test_what_msgspec_makes_of_a_line_is_what_the_standard_library_makes_of_it(resource, span):
    for line in lines_of(resource, span):
        found = typed.spans_of_line(line)
        if found is None:  # left to the standard library
            continue
        # Compared as text: not-a-number is not equal to itself.
        assert repr(found) == repr(reader.spans_of(json.loads(line)))


def test_lines_as_they_are_written_are_not_left_to_the_standard_library():
    span = {
        **IDS,
        "flags": 256,
        "name": "n",
        "kind": 3,
        "startTimeUnixNano": "5",
        "endTimeUnixNano": "6",
        "attributes": [
            {"key": "s", "value": {"stringValue": "é"}},
            {"key": "i", "value": {"intValue": "1"}},
            {"key": "d", "value": {"doubleValue": 1.0}},
            {"key": "b", "value": {"boolValue": True}},
            {"key": "l", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
        ],
        "status": {"code": 1},
    }
    for line in lines_of({}, span):
        found = typed.spans_of_line(line)
        assert found is not None
        assert [one.attributes for one in found] == [{"s": "é", "i": 1, "d": 1.0, "b": True, "l": ["a"]}] * 2


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"null", b'{"resourceSpans":1}', b'{"resourceSpans":[]}x']
)
def test_what_is_no_traces_is_left_to_the_reader_to_judge(line):
    assert typed.spans_of_line(line) is None


@pytest.fixture
def without_msgspec(monkeypatch):
    monkeypatch.setitem(sys.modules, "otel_claude.store.typed", None)
    reader._fast.cache_clear()
    yield
    reader._fast.cache_clear()


def test_without_msgspec_the_standard_library_reads_the_same_spans(tmp_path, request):
    path = tmp_path / "f"
    path.write_bytes(b"".join(lines_of({}, dict(IDS, name="n"))) + b"\ntorn\n")
    reports = reader.ReadReport(), reader.ReadReport()
    fast = list(reader.read([path], report=reports[0]))
    request.getfixturevalue("without_msgspec")
    assert reader._fast() is None
    assert list(reader.read([path], report=reports[1])) == fast
    assert len(fast) == 4
    assert reports[0] == reports[1]
