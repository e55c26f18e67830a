"""A line of a known form is the spans that the reader makes of it."""

import json

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from otel_claude.store import forms, reader
from otel_claude.store.forms import Forms

TEXT = st.text("ab{}[],: \x7f", max_size=4)
NUMBERS = st.integers(-3, 3) | st.integers(-(2**63), 2**63)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
ODD = st.sampled_from(["é", '"', "\\", "\n", "\ud800", "\x00"])
VALUES = {
    "string": st.fixed_dictionaries({"stringValue": TEXT}),
    "int": st.fixed_dictionaries({"intValue": NUMBERS.map(str)}),
    "double": st.fixed_dictionaries(
        {"doubleValue": DOUBLES | st.sampled_from([0.0, -0.0, 1e-9, 1e22, 1, -1])}
    ),
    "bool": st.fixed_dictionaries({"boolValue": st.booleans()}),
    "strings": st.lists(TEXT, max_size=3).map(
        lambda texts: {"arrayValue": {"values": [{"stringValue": text} for text in texts]}}
    ),
    "odd": (
        st.fixed_dictionaries({"stringValue": TEXT | ODD})
        | st.fixed_dictionaries({"doubleValue": st.floats() | st.sampled_from(["NaN", "1.5"])})
        | st.fixed_dictionaries({"intValue": st.integers()})
    ),
    "ints": st.lists(NUMBERS, max_size=3).map(
        lambda numbers: {"arrayValue": {"values": [{"intValue": str(number)} for number in numbers]}}
    ),
    "doubles": st.lists(DOUBLES, max_size=2).map(
        lambda numbers: {"arrayValue": {"values": [{"doubleValue": number} for number in numbers]}}
    ),
    "pairs": TEXT.map(
        lambda text: {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": text}}]}}
    ),
    "two": st.tuples(TEXT, NUMBERS).map(lambda both: {"intValue": str(both[1]), "stringValue": both[0]}),
    "none": st.just({}),
    "no_value": st.just(None),
}
KEYS = st.sampled_from(["a", "b", "stringValue", "scopeSpans", "name"])
SHAPES = st.lists(st.tuples(KEYS, st.sampled_from(sorted(VALUES))), max_size=5)
IDS = st.integers(0, 2**128 - 1)
TIMES = st.integers(0, 2**63)
EXTRAS = ["parent", "events", "links", "scope", "status", "resource_after", "more_spans", "spaces", "late"]


def attributes_of(draw, shape):
    drawn = ((key, draw(VALUES[kind])) for key, kind in shape)
    return [{"key": key, **({} if value is None else {"value": value})} for key, value in drawn]


def line_of(draw, shape, extras, resource):
    span = {
        "traceId": f"{draw(IDS):032x}",
        "spanId": f"{draw(IDS) >> 64:016x}",
        **({"parentSpanId": f"{draw(IDS) >> 64:016x}"} if "parent" in extras else {}),
        "flags": 256,
        "name": "n",
        "kind": 3,
        "startTimeUnixNano": str(draw(TIMES) + 2**63 * ("late" in extras)),
        "endTimeUnixNano": str(draw(TIMES)),
        "attributes": attributes_of(draw, shape),
    }
    if "events" in extras:
        span["events"] = [{"timeUnixNano": "1", "name": "e", "attributes": attributes_of(draw, shape)}]
    if "links" in extras:
        span["links"] = [{"traceId": f"{draw(IDS):032x}", "spanId": "0" * 16}]
    if "status" in extras:
        span["status"] = {"code": 2, "message": draw(TEXT)}
    scope = {"scope": {"name": "s"}, "spans": [span] * (1 + ("more_spans" in extras))}
    if "scope" in extras:
        scope["scope"]["attributes"] = attributes_of(draw, shape)
    head = {"resource": {"attributes": [{"key": "r", "value": {"stringValue": resource}}]}}
    of_resource = {**head, "scopeSpans": [scope]}
    if "resource_after" in extras:
        of_resource = {"scopeSpans": [scope], **head}
    separators = (", ", ": ") if "spaces" in extras else (",", ":")
    text = json.dumps(
        {"resourceSpans": [of_resource]}, separators=separators, ensure_ascii=draw(st.booleans())
    )
    return text.encode(errors="surrogatepass") + b"\n"


@st.composite
def alike(draw):
    """Lines of a program that writes the same attributes again and again."""
    shape = draw(SHAPES)
    extras = draw(st.just(set()) | st.sets(st.sampled_from(EXTRAS), max_size=2))
    resources = draw(st.lists(TEXT, min_size=1, max_size=2)) + draw(st.just([]) | st.lists(ODD, max_size=1))
    return [line_of(draw, shape, extras, resource) for resource in resources for _ in range(6)]


@st.composite
def damaged(draw, lines):
    """Such a line with something else in it, or with less."""
    line = draw(st.sampled_from(lines))
    start = draw(st.integers(0, len(line)))
    end = draw(st.integers(start, min(len(line), start + 9)))
    other = draw(st.sampled_from(lines))
    at = draw(st.integers(0, len(other)))
    put = draw(
        st.sampled_from(
            [b"", b'"', b"\\", b"\\u0041", b"0", b"-0", b"1e5", b" ", b"}", b"\x00", b"\xc3\xa9", b"\xff"]
        )
        | st.just(other[at : at + 9])
    )
    return line[:start] + put + line[end:]


def learnt(lines):
    """The forms of `lines`, as they are learnt from what the reader makes of these."""
    found = Forms()
    for line in lines:
        if found.span(line) is None:
            spans, wrong = reader._spans_of_line(line)
            if wrong is None and len(spans) == 1:
                found.learn(line)
    return found


@pytest.fixture(autouse=True)
def learnt_soon(monkeypatch):
    monkeypatch.setattr(forms, "FIRST", 3)
    monkeypatch.setattr(forms, "LEAST", 2)


@given(st.data())
def test_what_is_made_of_a_line_by_its_form_is_what_the_reader_makes_of_it(data):
    lines = data.draw(alike()) + data.draw(alike())
    known = learnt(lines)
    for line in (*lines, *(data.draw(damaged(lines)) for _ in range(8))):
        span = known.span(line)
        event("by its form" if span is not None else "left to the reader")
        if span is not None:
            # Compared as text: not-a-number is not equal to itself.
            assert repr([span]) == repr(reader.spans_of(json.loads(line)))


def line(number):
    """A line of one form. Its values go with the number."""
    attributes = {
        "text": {"stringValue": "a" * number},
        "count": {"intValue": str(number - 3)},
        "share": {"doubleValue": number / 64},
        "tiny": {"doubleValue": -number / 10**9 - 1e-12},
        "is_even": {"boolValue": number % 2 == 0},
        "called": {"arrayValue": {"values": [{"stringValue": "x"}] * (number % 3)}},
        "tokens": {"arrayValue": {"values": [{"intValue": "5"}] * (number % 3)}},
        "same": {"stringValue": "always"},
    }
    span = {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{number * 2:016x}",
        "name": "n",
        "startTimeUnixNano": str(10**18 + number),
        "endTimeUnixNano": str(10**18 + number * 2),
        "attributes": [{"key": key, "value": value} for key, value in attributes.items()],
        "status": {"code": 1},
    }
    scopes = [{"scope": {"name": "s"}, "spans": [span]}]
    request = {"resourceSpans": [{"resource": {}, "scopeSpans": scopes}]}
    return json.dumps(request, separators=(",", ":")).encode() + b"\n"


def test_whatever_the_values_are_a_line_is_of_the_form_of_those_before():
    known = learnt([line(number) for number in range(1, 7)])
    for number in range(20, 40):
        assert [known.span(line(number))] == reader.spans_of(json.loads(line(number)))


@pytest.mark.parametrize(
    ("value", "others"),
    [
        (
            b"0.5",
            [b"00.5", b".5", b"5.", b"+0.5", b"0.5e", b"0x5", b"0_0.5", b'"0.5"', b" 0.5", b"-0", b"1e999"],
        ),
        (b"0.5", [b"0.5" + b"1" * 30, b"5" * 30, b"5" * 400 + b".0", b"NaN", b"Infinity", b"null", b""]),
        (
            b'"29"',
            [
                b'"2_9"',
                b'" 29"',
                b'"+29"',
                b'"-0"',
                b'"029"',
                b'"\xd9\xa3"',
                b'"29.0"',
                b'""',
                b"29",
                b"null",
            ],
        ),
        (b'"29"', [b'"' + b"9" * 30 + b'"', b'"0x9"', b'"\\u0031"']),
        (
            b'"' + b"a" * 32 + b'"',
            [b'"\x00"', b'"\t"', b'"\\"', b'"\\n"', b'"\xff"', b'"\xc3\xa9"', b'"""', b"null", b"{}"],
        ),
        (b":true", [b":True", b":1", b':"true"', b":null", b":truefalse", b":tru"]),
        (
            b'"%032x"' % 32,
            [b'"%032X"' % 0xABC, b'"%031x"' % 32, b'"%033x"' % 32, b'"AAAAAAAAAAAAAAAAAAAAAA=="', b'""'],
        ),
        (b'"%d"' % (10**18 + 32), [b'"%d"' % 2**64, b'"%d"' % (2**64 - 1), b'"-1"', b'"1e9"', b"5", b"null"]),
        (b"always", [b"alwayz", b"alw\x00ys", b"al\\nays"]),
        (b"[{", [b"[ {", b"[,{", b"[[{", b"{"]),
        (b'"x"', [b"1", b'"x","intValue":"2"', b'"x"},{"doubleValue":1.5', b'"x\x01"', b"x"]),
        (b"\n", [b"", b" \n", b"x\n", b"}\n"]),
    ],
)
def test_other_text_where_a_value_is_meant_is_left_to_the_reader_or_is_what_it_says(value, others):
    known = learnt([line(number) for number in range(1, 7)])
    assert value in line(32)
    for other in others:
        changed = line(32).replace(value, other, 1)
        span = known.span(changed)
        spans, wrong = reader._spans_of_line(changed)
        assert span is None or (repr([span]), None) == (repr(spans), wrong)


def test_a_number_of_more_digits_than_one_has_is_not_taken_apart():
    long = [
        line(number).replace(b"%r" % (number / 64), b"0.%d%s" % (number, b"1" * 30))
        for number in range(1, 12)
    ]
    known = learnt(long[:6])
    for each in (*long, *(each.replace(b"1" * 30, b"2" * 30) for each in long)):
        span = known.span(each)
        assert span is None or [span] == reader.spans_of(json.loads(each))


@pytest.mark.parametrize("text", [b"", b"\n", b"torn\n", b'{"level":"info"}\n', b"\xff\n"])
def test_what_is_no_traces_is_of_no_form(text):
    known = learnt([line(number) for number in range(1, 7)] + [text] * 10)
    assert known.span(text) is None
    assert known.span(line(9)) is not None


def read_twice(tmp_path, lines):
    """The spans of a store, and those that the reader makes of each line by itself."""
    path = tmp_path / "spans.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return list(reader.read([path])), [span for line in lines for span in reader.spans_of(json.loads(line))]


def odd(number, *, attributes=(), head=""):
    """A line whose ids differ, with these attributes."""
    spans = [
        {"traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "a", "attributes": list(attributes)}
    ]
    rest = json.dumps([{"scope": {"name": "s"}, "spans": spans}], separators=(",", ":"))
    return (f'{{"resourceSpans":[{{{head}"scopeSpans":{rest}}}]}}').encode()


def test_lines_of_very_many_values_are_read(tmp_path):
    def many(number):
        return [{"key": f"k{at}", "value": {"intValue": str(number % 2)}} for at in range(1200)]

    lines = [odd(number, attributes=many(number)) for number in range(forms.FIRST + 50)]
    read, plain = read_twice(tmp_path, lines)
    assert read == plain


def test_what_stands_before_the_spans_that_a_line_has_for_the_reader_is_no_head(tmp_path):
    lines = [odd(number) for number in range(forms.FIRST + 50)]
    hidden = '"scopeSpans" :[{"spans":[{"traceId":"' + "e" * 32 + '","spanId":"' + "e" * 16 + '"}]}]}],"x":[{'
    lines.append(odd(7, head=hidden))
    read, plain = read_twice(tmp_path, lines)
    assert read == plain
    assert read[-1].trace_id == "e" * 32


def test_a_value_of_two_kinds_is_read_alike_all_through_a_file(tmp_path):
    two = [{"key": "k", "value": {"intValue": "1", "stringValue": "a"}}]
    read, _ = read_twice(tmp_path, [odd(number, attributes=two) for number in range(forms.FIRST + 50)])
    assert len({str(span.attributes["k"]) for span in read}) == 1


def test_long_arrays_are_not_remembered():
    forms._short_array.cache_clear()
    long = json.dumps({"values": [{"intValue": str(number)} for number in range(forms.MOST_KEPT)]})
    assert forms._array(long) == list(range(forms.MOST_KEPT))
    assert forms._short_array.cache_info().currsize == 0
