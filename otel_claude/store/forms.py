"""Lines that are alike, read by what differs in them.

A program writes span after span with the same attributes in the same order. Lines of one *form* are the same text but
for some *values*, each of which is a token of JSON. What a value means is not told here but asked of the reader: the
value is changed, and what changes in the span is what it means. That holds for all values of its *kind*, because the
reader passes them on whatever they are. A line is of a form where the text of the form with the values of the line is
the line, letter by letter. All others are left to the reader.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter, deque
from dataclasses import fields
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_claude.store.reader import NOT_TRACES, Span, spans_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from otel_claude.store.reader import Value

MOST_FORMS: Final = 32
"""How many forms are known at a time."""

SAMPLES: Final = 256
"""From how many lines at a time forms are learnt. It takes as long as to read some thousands."""

FIRST: Final = 1024
"""After how many lines of no known form they are learnt; after twice as many, they are again."""

LEAST: Final = 4
"""How many lines of a form there have to be among the samples."""

LONGEST: Final = 65_536
"""Bytes of a line that can be of a form."""

MOST_VALUES: Final = 200
"""How many values a line can have from which forms are learnt: each that differs is asked about by itself."""

MOST_KEPT: Final = 1_000
"""Characters of an array that is remembered with what it means."""

_TWO_KINDS: Final = re.compile(r'"value":\{"\w+":(?:"[^"]*"|[^"\[{},]+),')
"""A value of two kinds, which is none of OTLP/JSON, and which readers take for one or for the other."""

_SCOPES: Final = '"scopeSpans":'
"""What ends the head of a line, which is about the resource."""

_MARK: Final = secrets.token_hex(16)
"""What no line says, whoever wrote it."""

_HEAD: Final = (
    f'{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"resource","value":{{"stringValue":"{_MARK}"}}}}]}},'
    + _SCOPES
)
_RESOURCE: Final = {"resource": _MARK}
_REST: Final = f'[{{"spans":[{{"traceId":"{_MARK}","spanId":""}}]}}]}}]}}'
"""A head with the resource that it tells of, and a rest: what makes a line of a rest, and of a head."""


class _Kind(NamedTuple):
    """Tokens that the reader takes alike."""

    quote: str
    pattern: str
    """It matches a text in one way only. With two, a line would be tried in all combinations of them."""

    convert: Callable[[str], Value]
    """What the reader makes of one."""

    others: tuple[str, str]
    """Two of them, to take the place of another."""


def _array(text: str) -> Value:
    return _short_array(text) if len(text) <= MOST_KEPT else _any_array(text)


def _any_array(text: str) -> Value:
    return value_of({"arrayValue": json.loads(text)})


_short_array: Final = lru_cache(4096)(_any_array)


_TRACE_ID: Final = _Kind('"', "[0-9a-f]{32}", str, ("0" * 32, "1" * 32))
_SPAN_ID: Final = _Kind('"', "[0-9a-f]{16}", str, ("0" * 16, "1" * 16))
_TIME: Final = _Kind('"', "[0-9]{1,19}", int, ("1", "2"))
_STRING: Final = _Kind('"', r'[^"\\\x00-\x1f]*', str, ("a", "b"))
_INTEGER: Final = _Kind('"', "-?[0-9]{1,18}", int, ("1", "2"))
_DOUBLE: Final = _Kind(
    "",
    r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,20}(?:[eE][-+]?[0-9]{1,3})?|[eE][-+]?[0-9]{1,3})",
    float,
    ("1.5", "2.5"),
)
_TRUTH: Final = _Kind("", "true|false", "true".__eq__, ("true", "false"))
_ELEMENT: Final = rf'\{{"(?:stringValue":"{_STRING.pattern}"|intValue":"{_INTEGER.pattern}")\}}'
_ARRAY: Final = _Kind(
    "",
    rf'\{{"values":\[(?:{_ELEMENT}(?:,{_ELEMENT})*)?\]\}}',
    _array,
    ('{"values":[{"stringValue":"a"}]}', '{"values":[{"stringValue":"b"}]}'),
)

_KINDS: Final[Mapping[str, _Kind]] = {
    "traceId": _TRACE_ID,
    "spanId": _SPAN_ID,
    "parentSpanId": _SPAN_ID,
    "startTimeUnixNano": _TIME,
    "endTimeUnixNano": _TIME,
    "stringValue": _STRING,
    "intValue": _INTEGER,
    "doubleValue": _DOUBLE,
    "boolValue": _TRUTH,
    "arrayValue": _ARRAY,
}
"""The kind of each value, by its name in OTLP/JSON."""

_Common = tuple[tuple[str, ...], tuple[str, ...]]
"""What lines of a form have in common: the text around their values, and the kinds of these."""

_Token = tuple[str, _Kind | None]
"""A text, and the kind of the value after it. `None` is the end."""

_Said = tuple[str, str]
"""What is said of a span or of its resource: of which of these, and under which name."""

_ALWAYS: Final = ("traceId", "spanId", "parentSpanId", "startTimeUnixNano", "endTimeUnixNano")
"""The values that are taken to differ in any two spans."""

_OWN: Final[tuple[_Said, ...]] = tuple(
    ("span", name) for name in ("trace_id", "span_id", "start_ns", "end_ns")
)
_PARENT: Final[_Said] = ("span", "parent_span_id")
"""What these have to say, and what they may say."""

_FIELDS: Final = tuple(each.name for each in fields(Span) if each.name not in {"attributes", "resource"})

_VALUE: Final = re.compile(
    '"(?:{})'.format(
        "|".join(
            f'{name}":{kind.quote}(?P<{name}>{kind.pattern}){kind.quote}(?=[]}},])'
            for name, kind in _KINDS.items()
        )
    )
)


class Forms:
    """The forms of lines. Grows by `learn`."""

    def __init__(self) -> None:
        # Other threads may read at the same time: each of these is taken and put as a whole.
        self._known = _Known(())
        self._head: tuple[str, Mapping[str, Value]] = ("\n", {})
        """The head of the line before, and what it says. Nothing comes after the end of a line."""

        self._samples: deque[bytes] = deque(maxlen=SAMPLES)
        self._unknown = 0
        self._enough = FIRST

    def span(self, line: bytes) -> Span | None:
        """The span of `line`, or `None` where it is of no known form."""
        known = self._known
        if not known.forms or len(line) > LONGEST:
            return None
        try:
            text = line.decode("ascii")
        except UnicodeDecodeError:
            return None
        head, resource = self._head
        if not text.startswith(head):
            head = text[: text.find(_SCOPES) + len(_SCOPES)]
            said = _resource(head)
            if said is None:
                return None
            resource = said
            self._head = head, resource
        return known.span(text, head, resource)

    def learn(self, line: bytes) -> None:
        """Takes note of `line`, which is of no known form, and of which the reader made a span."""
        if len(line) <= LONGEST and line.isascii():
            self._samples.append(line)
        self._unknown += 1
        if self._unknown >= self._enough:
            self._enough *= 2
            samples = list(self._samples)
            self._samples.clear()
            texts = [line.decode("ascii") for line in samples]
            lines = [_pieces(text) for text in texts if not _TWO_KINDS.search(text)]
            lines = [line for line in lines if len(line.values) <= MOST_VALUES]
            self._known = _Known(_learnt(lines, self._known.forms))


class _Known:
    """Forms that are looked for at once: by one pattern, in which those that begin alike are one."""

    def __init__(self, forms: Sequence[_Form]) -> None:
        self.forms = forms
        self._ends: dict[int, tuple[_Form, tuple[int, ...]]] = {}
        """By the group that ends the pattern of a form: it, and the groups of its values."""

        self._groups = 0
        self._match = re.compile(
            self._pattern([(form, form.tokens) for form in forms], ()), re.DOTALL
        ).fullmatch

    def span(self, text: str, head: str, resource: Mapping[str, Value]) -> Span | None:
        """The span of the line `text`, which begins with `head`, or `None` where it is of none of the forms."""
        match = self._match(text, len(head))
        if match is None:
            return None
        form, groups = self._ends[match.lastindex or 0]
        return form.span(text, head, resource, match.group(*groups))

    def _pattern(self, rests: Sequence[tuple[_Form, Sequence[_Token]]], groups: tuple[int, ...]) -> str:
        """A pattern for what is left of forms of which the values so far are in `groups`."""
        by_token: dict[_Token, list[tuple[_Form, Sequence[_Token]]]] = {}
        for form, (token, *rest) in rests:
            by_token.setdefault(token, []).append((form, rest))
        often = Counter(_as_long_as(text) for text, _ in by_token)
        patterns = []
        for (text, kind), alike in by_token.items():
            pattern = _as_long_as(text)
            if often[pattern] > 1:
                pattern = re.escape(text)
            self._groups += 1
            if kind is None:
                self._ends[self._groups] = alike[0][0], groups
                patterns.append(f"{pattern}()")
            else:
                values = (*groups, self._groups)
                patterns.append(f"{pattern}({kind.pattern}){self._pattern(alike, values)}")
        return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"


def _learnt(lines: Sequence[_Pieces], known: Sequence[_Form]) -> tuple[_Form, ...]:
    """The forms of `lines`, the most frequent first, and then those that were `known`."""
    alike: dict[_Common, list[_Pieces]] = {}
    for line in lines:
        alike.setdefault((line.texts, line.kinds), []).append(line)
    others = {(form.pieces.texts, form.pieces.kinds): form for form in known}
    found = []
    for common, samples in sorted(alike.items(), key=lambda each: -len(each[1]))[:MOST_FORMS]:
        before = others.get(common)
        if before is None and len(samples) < LEAST:
            continue
        if before is None:
            like = samples[0]
            differing = {place for place, kind in enumerate(like.kinds) if kind in _ALWAYS}
        else:
            like, differing = before.pieces, before.differing
        differing = differing.union(*(_differing(like.values, sample.values) for sample in samples))
        form = _form(like, differing)
        if form is not None:
            found.append(form)
            others.pop(common, None)
    return (*found, *others.values())[:MOST_FORMS]


class _Pieces(NamedTuple):
    """What comes after the head of a line, in pieces: its values, and the text around them."""

    texts: tuple[str, ...]
    """One more than there are values."""

    kinds: tuple[str, ...]
    values: tuple[str, ...]

    def text(self, place: int | None = None, other: str = "") -> str:
        """All pieces together, with another value in this place."""
        values = [other if each == place else value for each, value in enumerate(self.values)]
        return "".join(chain(*zip(self.texts, (*values, ""), strict=True)))


class _Form:
    """What lines have in common, and what their values mean."""

    def __init__(
        self, pieces: _Pieces, differing: set[int], like: Span, meanings: Mapping[int, _Said]
    ) -> None:
        """`differing` are the places of the values that differ between lines that are like `pieces`. What is said by
        none of them is as in the span `like`."""
        self.pieces, self.differing = pieces, differing
        self._like = like
        texts = [""]
        kinds: list[_Kind] = []
        where: dict[_Said, int] = {}
        for place, (text, kind, value) in enumerate(zip(*pieces, strict=False)):
            texts[-1] += text
            if place in differing:
                if place in meanings:
                    where[meanings[place]] = len(kinds)
                kinds.append(_KINDS[kind])
                texts.append("")
            else:
                texts[-1] += value
        texts[-1] += pieces.texts[-1]
        self.tokens: Sequence[_Token] = tuple(zip(texts, (*kinds, None), strict=True))
        # The head, and then a text and a value by turns
        self._line = ["", *chain(*zip(texts, texts, strict=True))][: 2 * len(texts)]
        self._trace_id, self._span_id, self._start, self._end = map(where.__getitem__, _OWN)
        self._parent_id = where.get(_PARENT)
        named = [(name, which) for (of, name), which in where.items() if of == "attributes"]
        self._strings = [(name, which) for name, which in named if kinds[which] is _STRING]
        self._others = [
            (name, kinds[which].convert, which) for name, which in named if kinds[which] is not _STRING
        ]

    def span(self, text: str, head: str, resource: Mapping[str, Value], values: Sequence[str]) -> Span | None:
        """The span of the line `text`, or `None` where that is not the `head` and this form with these values."""
        line = self._line
        line[0] = head
        line[2::2] = values
        if "".join(line) != text:
            return None
        like, parent = self._like, self._parent_id
        attributes = dict(like.attributes)
        for name, which in self._strings:
            attributes[name] = values[which]
        for name, convert, which in self._others:
            attributes[name] = convert(values[which])
        return Span(
            values[self._trace_id],
            values[self._span_id],
            like.parent_span_id if parent is None else values[parent],
            like.name,
            like.kind,
            like.scope,
            int(values[self._start]),
            int(values[self._end]),
            like.status_code,
            attributes,
            resource,
        )


def _form(pieces: _Pieces, differing: set[int]) -> _Form | None:
    """The form of lines like `pieces`, or `None` where it is not known what their values mean."""
    like = _span(_HEAD + pieces.text())
    if like is None or like.resource != _RESOURCE:
        return None
    said = _said(like)
    meanings: dict[int, _Said] = {}
    for place in differing:
        kind, value = _KINDS[pieces.kinds[place]], pieces.values[place]
        other = kind.others[value == kind.others[0]]
        span = _span(_HEAD + pieces.text(place, other))
        now = None if span is None else _said(span)
        if now is None or now.keys() != said.keys():
            return None
        name = next((name for name in said if now[name] != said[name]), None)
        if name is None:
            continue
        if (now[name], said[name]) != (kind.convert(other), kind.convert(value)):
            return None
        meanings[place] = name
    of_spans = {name for name in meanings.values() if name[0] != "attributes"} - {_PARENT}
    return _Form(pieces, differing, like, meanings) if of_spans == set(_OWN) else None


def _said(span: Span) -> dict[_Said, Value]:
    """All that is said of `span`, by what it is said of and by its name."""
    return {
        **{("span", name): getattr(span, name) for name in _FIELDS},
        **{("attributes", name): value for name, value in span.attributes.items()},
        **{("resource", name): value for name, value in span.resource.items()},
    }


def _as_long_as(text: str) -> str:
    """A pattern for what is as long as `text` and begins and ends like it."""
    if len(text) <= 8:
        return re.escape(text)
    return f"{re.escape(text[:2])}.{{{len(text) - 4}}}{re.escape(text[-2:])}"


def _pieces(text: str) -> _Pieces:
    start = end = text.find(_SCOPES) + len(_SCOPES)
    texts, kinds, values = [], [], []
    for match in _VALUE.finditer(text, start):
        kind = match.lastgroup or ""
        texts.append(text[end : match.start(kind)])
        kinds.append(kind)
        values.append(match[kind])
        end = match.end(kind)
    return _Pieces((*texts, text[end:]), tuple(kinds), tuple(values))


def _differing(one: Sequence[str], other: Sequence[str]) -> set[int]:
    return {place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]}


@lru_cache(256)
def _resource(head: str) -> Mapping[str, Value] | None:
    """The resource of lines that begin like this, or `None` where what comes then is not the scopes of it."""
    span = _span(head + _REST)
    return None if span is None or span.trace_id != _MARK else span.resource


def _span(line: str) -> Span | None:
    """The span of `line`, where it is one that the reader takes without complaint."""
    try:
        spans = spans_of(json.loads(line))
    except NOT_TRACES:
        return None
    return spans[0] if len(spans) == 1 else None
