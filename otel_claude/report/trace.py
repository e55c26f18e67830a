"""One trace: its spans as a tree, with what each call in it cost, counted once.

A *node* is a span with those that it is the parent of. Spans whose parent is not in the store are roots. Which spans
are calls, and which only tell of the same call again, such as the API's own, `calls` says, as for the report.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final, Literal

from otel_claude import attributes as names
from otel_claude.report.calls import RECORDED, calls, is_call
from otel_claude.report.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from otel_claude.report.calls import Call
    from otel_claude.report.pricing import Pricing
    from otel_claude.store.reader import Matters, Span

Kind = Literal["call", "repeated", "task", "tool", "other"]

_TOOL_NAME: Final = "gen_ai.tool.name"
_STARTS: Final = re.compile(rb'"startTimeUnixNano"\s*:\s*"?(\d{1,20})')


class UnknownTraceError(LookupError):
    """No trace, or more than one, is meant. The message says what to do."""


@dataclass(slots=True)
class Node:
    """A span in its trace."""

    span: Span
    depth: int
    kind: Kind
    """`repeated` is a span that tells of a call which another one is counted for."""

    call: Call | None
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, from top to bottom."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    @property
    def totals(self) -> Totals:
        """What the calls here and below come to."""
        totals = Totals()
        for node in self.walk():
            if node.call is not None:
                totals.add(node.call)
        return totals


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace. Times are nanoseconds since 1970-01-01 UTC."""

    trace_id: str
    roots: tuple[Node, ...]
    start_ns: int
    end_ns: int

    @property
    def nodes(self) -> Iterator[Node]:
        """All of it, from top to bottom."""
        for root in self.roots:
            yield from root.walk()

    @property
    def totals(self) -> Totals:
        totals = Totals()
        for node in self.nodes:
            if node.call is not None:
                totals.add(node.call)
        return totals

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.start_ns / 1e9, timezone.utc)


def naming(*texts: str) -> Matters:
    """Says of lines whether one of `texts` is in them. An id is looked for in each spelling that a line may have."""
    wanted = {text.encode() for each in texts for text in (each, each.lower(), each.upper())}
    for text in texts:
        with suppress(ValueError):
            wanted.add(base64.b64encode(bytes.fromhex(text)))
    return lambda line: any(text in line for text in wanted)


def last_trace_id(read: Callable[[Matters], Iterable[Span]]) -> str:
    """The trace in which a span began last. `read` reads spans, as they are asked for, of the lines that matter.

    Raises `UnknownTraceError` where there are no spans."""
    last: Span | None = None

    def may_be_last(line: bytes) -> bool:
        # It is held against spans, not against lines: what looks like a later one may be none.
        return last is None or max(map(int, _STARTS.findall(line)), default=last.start_ns) >= last.start_ns

    for span in read(may_be_last):
        if last is None or span.start_ns > last.start_ns:
            last = span
    if last is None:
        raise UnknownTraceError("there are no spans yet")
    return last.trace_id


def find_trace_id(spans: Iterable[Span], wanted: str) -> str:
    """The trace whose id begins with `wanted`, or that has a response or a request with that id.

    Raises `UnknownTraceError` where there is none, or more than one.
    """
    wanted = wanted.strip()
    found: dict[str, Span] = {}
    for span in spans:
        attributes = span.attributes
        is_meant = span.trace_id.startswith(wanted.lower()) or wanted in (
            attributes.get(names.RESPONSE_ID),
            attributes.get(names.REQUEST_ID),
        )
        if is_meant and (span.trace_id not in found or span.start_ns < found[span.trace_id].start_ns):
            found[span.trace_id] = span
    if not found:
        raise UnknownTraceError(
            f"no trace begins with {wanted!r}, and no response or request has that id; --last shows the latest one"
        )
    if len(found) > 1:
        some = [f"{one.trace_id}  {_when(one)}  {one.name}" for one in list(found.values())[:8]]
        rest = f"\n  and {len(found) - len(some):,} more" if len(found) > len(some) else ""
        raise UnknownTraceError(
            f"{len(found):,} traces begin with {wanted!r}; write more of one:\n  " + "\n  ".join(some) + rest
        )
    return next(iter(found))


def trace_of(spans: Iterable[Span], trace_id: str, pricing: Pricing = RECORDED) -> Trace:
    """The trace `trace_id` of those in `spans`, in which it has to be."""
    own = {span.span_id: _ended(span) for span in spans if span.trace_id == trace_id}
    counted = {call.span_id: call for call in calls(own.values(), pricing)}
    below: dict[str, list[Span]] = {}
    for span in sorted(own.values(), key=lambda one: (one.start_ns, one.end_ns)):
        # A span that is its own parent, which nobody should write, is a root as well.
        parent = span.parent_span_id if span.parent_span_id != span.span_id else ""
        below.setdefault(parent if parent in own else "", []).append(span)
    roots = tuple(_nodes(below, counted))
    return Trace(
        trace_id,
        roots,
        min(span.start_ns for span in own.values()),
        max(span.end_ns for span in own.values()),
    )


def _ended(span: Span) -> Span:
    """`span`, which took no time if it does not say when it ended, or ended before it began."""
    return span if span.end_ns >= span.start_ns else replace(span, end_ns=span.start_ns)


def _nodes(below: dict[str, list[Span]], counted: dict[str, Call]) -> list[Node]:
    def node(span: Span, depth: int) -> Node:
        call = counted.get(span.span_id)
        return Node(span, depth, _kind(span, call), call)

    roots = [node(span, 0) for span in below.get("", ())]
    waiting = list(roots)
    while waiting:
        parent = waiting.pop()
        parent.children = [node(span, parent.depth + 1) for span in below.pop(parent.span.span_id, ())]
        waiting.extend(parent.children)
    return roots


def _kind(span: Span, call: Call | None) -> Kind:
    if call is not None:
        return "call"
    if is_call(span) or span.scope == names.SERVER_SCOPE:
        return "repeated"
    if _TOOL_NAME in span.attributes:
        return "tool"
    return "task" if names.TASK_NAME in span.attributes else "other"


def _when(span: Span) -> str:
    return f"{datetime.fromtimestamp(span.start_ns / 1e9, timezone.utc):%Y-%m-%d %H:%M:%S}"
