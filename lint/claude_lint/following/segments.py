"""Prompt text: how values become segments, and what formatting, slicing and joining make of them."""

from __future__ import annotations

import ast
import re
import string
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from claude_lint.findings import Place, Step
from claude_lint.following.stability import is_coarse
from claude_lint.following.values import (
    Choice,
    DictObject,
    ListObject,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    Volatile,
)
from claude_lint.request import Segment, Stability

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst

    from claude_lint.following.heap import Heap

CHAIN: Final = 10
"""A chain keeps its first steps; longer ones tell a reader nothing more."""

MAX_SEGMENTS: Final = 400
_PERCENT: Final = r"%(?:\((?P<name>\w+)\))?[-#0 +]*(?:\*|\d+)?(?:\.\d+)?(?P<kind>[a-zA-Z%])"


def constant(text: str, place: Place, token: str = "") -> Segment:
    return Segment(text, Stability.CONSTANT, place, token=token)


def unknown(place: Place, value: Value | None = None) -> Segment:
    if not isinstance(value, Unknown):
        return Segment(None, Stability.UNKNOWN, place)
    origin = value.origin if value.given else ""
    return Segment(None, Stability.UNKNOWN, place, loops=value.loops, origin=origin, made=value.given)


def order_mark(held: ListObject | DictObject) -> tuple[Segment, ...]:
    """The mark in front of text from a list or dict whose order another process need not repeat; else nothing."""
    if not held.unordered:
        return ()
    step = Step(held.place, f"{held.unordered} has no order of its own")
    return (
        Segment(
            "", Stability.IMPORT_TIME, held.place, f"the order of {held.unordered}", (step,), unordered=True
        ),
    )


def with_step(chain: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """The chain with one more step, unless it is long or the last step is on the same line already."""
    if len(chain) >= CHAIN or (chain and same_line(chain[-1].place, step.place)):
        return chain
    return (*chain, step)


def same_line(one: Place, other: Place) -> bool:
    return (one.path, one.cell, one.line) == (other.path, other.cell, other.line)


def segments_of(value: Value, heap: Heap, place: Place) -> tuple[Segment, ...]:
    """The text of a value that is put into a text at `place`. Objects give the segments of all that they hold."""
    if isinstance(value, Text):
        return value.segments
    if isinstance(value, Scalar):
        return (constant(str(value.value), value.place),)
    if isinstance(value, Volatile):
        chain = with_step(value.chain, Step(place, "it enters the text"))
        return (Segment(None, value.stability, place, value.source, chain, value.loops, made=value.made),)
    if isinstance(value, Choice):
        return _worst([segments_of(option, heap, place) for option in value.options])
    if isinstance(value, Ref):
        return deep_segments(value, heap, place)
    return (unknown(place, value),)


def _worst(alternatives: list[tuple[Segment, ...]]) -> tuple[Segment, ...]:
    """The alternative that changes most; among equals the one with most text."""

    def weight(segments: tuple[Segment, ...]) -> tuple[int, int]:
        rank = max((segment.stability.rank for segment in segments), default=0)
        unknowns = any(segment.stability is Stability.UNKNOWN for segment in segments)
        return (rank if rank > 0 else -unknowns, sum(len(segment.text or "") for segment in segments))

    chosen = max(alternatives, key=weight)
    steady = all(segment.stability is not Stability.UNKNOWN for one in alternatives for segment in one)
    if steady or any(segment.stability.rank > 0 for segment in chosen):
        return chosen
    return (*chosen, unknown(chosen[0].place)) if chosen else chosen


def deep_segments(value: Value, heap: Heap, place: Place, depth: int = 0) -> tuple[Segment, ...]:
    """All text inside a value, in order, `cache_control` left out."""
    if not isinstance(value, Ref):
        if isinstance(value, Choice) and depth < 6:
            return _worst([deep_segments(option, heap, place, depth + 1) for option in value.options])
        return segments_of(value, heap, place)
    held = heap.get(value.key)
    if depth > 6 or not isinstance(held, (ListObject, DictObject)):
        return (unknown(place),)
    found: list[Segment] = []
    if isinstance(held, ListObject):
        found.extend(order_mark(held))
        for item in held.items:
            found.extend(deep_segments(item.value, heap, place, depth + 1))
    else:
        found.extend(order_mark(held))
        for key, entry in held.entries.items():
            if key != "cache_control":
                found.extend(deep_segments(entry.value, heap, entry.place, depth + 1))
        if not held.complete:
            found.append(unknown(place))
    return tuple(found[:MAX_SEGMENTS])


def known_text(value: Value) -> str | None:
    """The whole text, if all of it is known."""
    if isinstance(value, Text) and all(segment.text is not None for segment in value.segments):
        return "".join(segment.text or "" for segment in value.segments)
    return None


def joined(parts: list[tuple[Segment, ...]]) -> Text:
    """One text of several parts."""
    return Text(tuple(segment for part in parts for segment in part)[:MAX_SEGMENTS])


def lowered(value: Value, ceiling: Stability) -> Value:
    """The value with everything that changes more often than `ceiling` taken down to it."""
    if isinstance(value, Volatile) and value.stability.rank > ceiling.rank:
        return replace(value, stability=ceiling)
    if isinstance(value, Text) and any(segment.stability.rank > ceiling.rank for segment in value.segments):
        return Text(
            tuple(
                replace(segment, stability=ceiling) if segment.stability.rank > ceiling.rank else segment
                for segment in value.segments
            )
        )
    if isinstance(value, Choice):
        return Choice(tuple(lowered(option, ceiling) for option in value.options))
    return value


def written(node: cst.SimpleString) -> str | bytes:
    """What a string literal says. Most say what stands between their quotes. Prints no warning about the others."""
    raw = node.value
    if raw[0] not in "'\"" or "\\" in raw or "\r" in raw:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return node.evaluated_value
    quotes = 3 if raw.startswith(('"""', "'''")) else 1
    return raw[quotes:-quotes]


def unescaped(raw: str, prefix: str, quote: str) -> str:
    """The text of the literal part of an f-string."""
    body = raw.replace("{{", "{").replace("}}", "}")
    if "\\" not in body:
        return body
    mode = "r" if "r" in prefix.lower() else ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(f"{mode}{quote}{body}{quote}")
    except (SyntaxError, ValueError):
        return body
    return value if isinstance(value, str) else body


def formatted_date(value: Volatile, pattern: str | None, place: Place) -> Segment:
    """A date formatted by `strftime` with `pattern`, or by an unknown pattern."""
    stability = value.stability
    if pattern is not None and value.kind in {"datetime", "date"} and is_coarse(pattern):
        stability = Stability.PER_DAY if stability.rank > Stability.PER_DAY.rank else stability
    chain = with_step(
        value.chain, Step(place, "it is formatted" if pattern is None else f"it is formatted as {pattern}")
    )
    return Segment(None, stability, place, value.source, chain, value.loops, made=value.made)


def truncated(text: Text, end: int | None) -> Text:
    """`text[:end]`. The first ten characters of an ISO date are the day."""
    whole = known_text(text)
    if whole is not None and end is not None and text.segments:
        return Text((replace(text.segments[0], text=whole[:end], token=""),))
    if len(text.segments) == 1 and end is not None:
        segment = text.segments[0]
        if segment.stability is Stability.PER_CALL and segment.source == "the clock" and 0 < end <= 13:
            return Text((replace(segment, stability=Stability.PER_DAY),))
    return Text(tuple(replace(segment, token="") for segment in text.segments))


def format_braces(
    template: Text, positional: list[Value], named: Mapping[str, Value], heap: Heap, place: Place
) -> Text:
    """`template.format(*positional, **named)`. What is not bound is unknown."""
    parts: list[tuple[Segment, ...]] = []
    counter = 0
    for segment in template.segments:
        if segment.text is None:
            parts.append((segment,))
            continue
        try:
            fields = list(string.Formatter().parse(segment.text))
        except ValueError:
            return Text((unknown(place),))
        for literal, name, spec, _ in fields:
            if literal:
                parts.append((replace(segment, text=literal, token=""),))
            if name is None:
                continue
            root = re.split(r"[.\[]", name, maxsplit=1)[0]
            if not root:
                root, counter = str(counter), counter + 1
            if root.isdigit():
                value = positional[int(root)] if int(root) < len(positional) else None
            else:
                value = named.get(root)
            parts.append(_field(value, spec, heap, place))
    return joined(parts)


def format_percent(template: Text, operand: Value, heap: Heap, place: Place) -> Text:
    """`template % operand`."""
    held = heap.get(operand.key) if isinstance(operand, Ref) else None
    positional = [item.value for item in held.items] if isinstance(held, ListObject) else [operand]
    named = held.entries if isinstance(held, DictObject) else {}
    parts: list[tuple[Segment, ...]] = []
    taken = 0
    for segment in template.segments:
        if segment.text is None:
            parts.append((segment,))
            continue
        end = 0
        for match in re.finditer(_PERCENT, segment.text):
            parts.append((replace(segment, text=segment.text[end : match.start()], token=""),))
            end = match.end()
            if match["kind"] == "%":
                parts.append((replace(segment, text="%", token=""),))
            elif match["name"]:
                entry = named.get(match["name"])
                parts.append(_field(entry.value if entry else None, "", heap, place))
            else:
                parts.append(_field(positional[taken] if taken < len(positional) else None, "", heap, place))
                taken += 1
        parts.append((replace(segment, text=segment.text[end:], token="" if end else segment.token),))
    return joined(parts)


def _field(value: Value | None, spec: str | None, heap: Heap, place: Place) -> tuple[Segment, ...]:
    if value is None:
        return (unknown(place),)
    if isinstance(value, Volatile) and spec and "%" in spec:
        return (formatted_date(value, spec, place),)
    return segments_of(value, heap, place)
