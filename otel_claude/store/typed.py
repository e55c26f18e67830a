"""Lines of OTLP/JSON decoded by msgspec, where that is installed: the spans that `reader` makes of them, sooner.

Only what a span of ours is made of is decoded, into objects that know their fields; the rest is passed over. What has
other types than OTLP/JSON's own writers use is not judged here: that is left to the reader.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from otel_claude.store.reader import Span, hex_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otel_claude.store.reader import Value

_RESOURCES: Final = 256
"""How many resources are remembered: a process has one, which is on each of its lines."""


class _Array(Struct, gc=False):
    values: list[_AnyValue] = []


class _AnyValue(Struct, gc=False, forbid_unknown_fields=True):
    """Has one of them. JSON's null is none of their values, but what the reader has to judge, as are maps and bytes,
    which are rare: each field that there might be takes time."""

    stringValue: str | UnsetType = UNSET  # noqa: N815 - the format's names, here and below
    intValue: int | UnsetType = UNSET  # noqa: N815
    doubleValue: str | float | UnsetType = UNSET  # noqa: N815
    boolValue: str | bool | UnsetType = UNSET  # noqa: N815
    arrayValue: _Array | UnsetType = UNSET  # noqa: N815


class _KeyValue(Struct, gc=False):
    key: str
    value: _AnyValue


class _Status(Struct, frozen=True, gc=False):
    code: int | str = 0


class _Span(Struct, gc=False):
    traceId: str  # noqa: N815
    spanId: str  # noqa: N815
    parentSpanId: str = ""  # noqa: N815
    name: str = ""
    kind: int | str = 0
    startTimeUnixNano: Annotated[int, Meta(ge=0)] = 0  # noqa: N815
    endTimeUnixNano: Annotated[int, Meta(ge=0)] = 0  # noqa: N815
    attributes: list[_KeyValue] = []
    status: _Status = _Status()


class _Scope(Struct, frozen=True, gc=False):
    name: str = ""


class _ScopeSpans(Struct, gc=False):
    scope: _Scope = _Scope()
    spans: list[_Span] = []


class _Resource(Struct, gc=False):
    attributes: list[_KeyValue] = []


class _ResourceSpans(Struct, gc=False):
    resource: Raw = Raw(b"{}")
    scopeSpans: list[_ScopeSpans] = []  # noqa: N815


class _TracesData(Struct, gc=False):
    resourceSpans: list[_ResourceSpans]  # noqa: N815


# Not strict: where it is a number that is asked for, and no text, it may be written as text.
_decoded: Final = msgspec.json.Decoder(_TracesData, strict=False).decode
_decoded_resource: Final = msgspec.json.Decoder(_Resource, strict=False).decode


def spans_of_line(line: bytes) -> list[Span] | None:
    """The spans of `line`, or `None` where the reader has to judge it."""
    try:
        return _spans(_decoded(line))
    except (ValueError, OverflowError, RecursionError):  # msgspec's own errors are of the first kind
        return None


def _spans(data: _TracesData) -> list[Span]:
    found: list[Span] = []
    for of_resource in data.resourceSpans:
        resource = _resource(bytes(of_resource.resource))
        for of_scope in of_resource.scopeSpans:
            scope = of_scope.scope.name
            for span in of_scope.spans:
                trace_id, span_id, parent_id = span.traceId, span.spanId, span.parentSpanId
                start, end = span.startTimeUnixNano, span.endTimeUnixNano
                kind, status = span.kind, span.status.code
                if isinstance(kind, str) or isinstance(status, str) or start >> 64 or end >> 64:
                    raise ValueError("has a name of a kind or of a status, or what is not a time")
                found.append(
                    Span(
                        trace_id.lower() if len(trace_id) == 32 else hex_id(trace_id, 32),
                        span_id.lower() if len(span_id) == 16 else hex_id(span_id, 16),
                        hex_id(parent_id, 16) if parent_id else "",
                        span.name,
                        kind,
                        scope,
                        start,
                        end,
                        status,
                        _attributes(span.attributes),
                        resource,
                    )
                )
    return found


@lru_cache(_RESOURCES)
def _resource(text: bytes) -> Mapping[str, Value]:
    return _attributes(_decoded_resource(text).attributes)


def _attributes(items: Sequence[_KeyValue]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for item in items:
        # The most frequent kinds are told here, for speed.
        value = item.value
        text = value.stringValue
        if text is not UNSET:
            found[item.key] = text
        elif (number := value.intValue) is not UNSET:
            found[item.key] = number
        elif (double := value.doubleValue) is not UNSET:
            found[item.key] = double if type(double) is float else float(double)
        else:
            found[item.key] = _value(value)
    return found


def _value(value: _AnyValue) -> Value:
    if value.stringValue is not UNSET:
        return value.stringValue
    if value.intValue is not UNSET:
        return value.intValue
    if value.doubleValue is not UNSET:
        return float(value.doubleValue)
    if value.boolValue is not UNSET:
        if isinstance(value.boolValue, str):
            raise ValueError("is a truth value as text")
        return value.boolValue
    return None if value.arrayValue is UNSET else [_value(item) for item in value.arrayValue.values]
