"""A trace for people, as a waterfall with what each span cost, and as JSON."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable
from rich.text import Text

from otel_claude import attributes as names
from otel_claude.report import words

if TYPE_CHECKING:
    from rich.console import Console

    from otel_claude.report.totals import Totals
    from otel_claude.report.trace import Node, Trace

VERSION: Final = 1
"""Of the JSON. It changes when a name in it goes or changes its meaning, not when one is added."""

WIDEST_BAR: Final = 40
_NARROWEST_BAR: Final = 10
_OF_NUMBERS: Final = 30
"""Columns that the time, the cost and what is between columns take."""

_NARROWEST_LABEL: Final = 36
_WIDEST_LABEL: Final = 48
_DEEPEST: Final = 10
"""What is deeper is not indented more."""

_CACHE_STATUS: Final = "otel_claude.cache.status"
_MISS_REASON: Final = "otel_claude.cache.miss_reason"


def show(console: Console, trace: Trace) -> None:
    """Prints `trace`. In brackets is what the calls below a span cost together."""
    totals = trace.totals
    digits = 2 if totals.priced_usd >= 100 else 4
    heading = [
        f"trace {trace.trace_id}",
        f"{trace.start:%Y-%m-%d %H:%M:%S} UTC",
        duration(trace.end_ns - trace.start_ns),
        f"{totals.calls:,} call{'' if totals.calls == 1 else 's'}",
        words.cost(totals, digits),
    ]
    console.print(Text(" · ".join(heading)), soft_wrap=True)
    room = max(_NARROWEST_LABEL, min(_WIDEST_LABEL, console.width - _OF_NUMBERS - _NARROWEST_BAR))
    rows = [(node, _said(node, room)) for node in trace.nodes]
    widest = min(max(line.cell_len for _, said in rows for line in said.split()), room)
    width = max(_NARROWEST_BAR, min(WIDEST_BAR, console.width - widest - _OF_NUMBERS))
    grid = RichTable(box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("span", overflow="fold", max_width=room)
    grid.add_column("", no_wrap=True, width=width)
    grid.add_column("time", justify="right", no_wrap=True)
    grid.add_column("cost", justify="right", no_wrap=True)
    block = "#" if console.options.ascii_only else "\N{FULL BLOCK}"
    for node, said in rows:
        style = _style(node)
        grid.add_row(
            said,
            Text(_bar(node, trace, width, block), style=style or "cyan"),
            Text(duration(node.span.end_ns - node.span.start_ns), style=style),
            Text(cost(node, digits), style=style),
        )
    console.print(grid)


def _said(node: Node, room: int) -> Text:
    """What the span is, and below that what is worth knowing of it, in lines of at most `room`."""
    indent = "  " * min(node.depth, _DEEPEST)
    said = Text(indent + label(node), style=_style(node))
    known = wrap(", ".join(details(node)), room - len(indent) - 2)
    for line in known:
        said.append(f"\n{indent}  {line}", style="red" if error_of(node) else "dim")
    return said


def _style(node: Node) -> str:
    return "red" if error_of(node) else "dim" if node.kind == "repeated" else ""


def as_json(trace: Trace) -> str:
    """`trace` as one document. Money is USD, `null` where there is none; times are seconds, and UTC."""
    document = {
        "version": VERSION,
        "trace_id": trace.trace_id,
        "start": trace.start.isoformat(),
        "duration_s": (trace.end_ns - trace.start_ns) / 1e9,
        **_sums(trace.totals),
        "spans": [_span(node, trace) for node in trace.nodes],
    }
    return json.dumps(document, indent=2) + "\n"


def label(node: Node) -> str:
    """What the span is, in a few words."""
    name = words.printable(node.span.name.removeprefix("anthropic."))
    if node.kind == "task":
        return f"task {words.printable(str(node.span.attributes[names.TASK_NAME]))}"
    return name or "(no name)"


def details(node: Node) -> list[str]:
    """What is worth knowing of a span: of a call its model, cache, feature and error."""
    error = error_of(node)
    found = [] if error is None else [words.printable(error)]
    if node.kind == "repeated":
        return [*found, "the same call"]
    call = node.call
    if call is None:
        return found
    found.append(words.printable(call.model or "unknown model").removeprefix("claude-"))
    if call.batch_requests:
        found.append(f"{call.batch_requests:,} requests")
    cache = _cache(node)
    if cache:
        found.append(cache)
    found += [
        words.printable(each) for each in (call.feature, call.stop_reason) if each not in (None, "end_turn")
    ]
    return found


def _cache(node: Node) -> str:
    """What the cache did for a call; empty where it had nothing to do with it."""
    usage = None if node.call is None else node.call.usage
    attributes = node.span.attributes
    missed = attributes.get(_MISS_REASON)
    if usage is None or not (usage.cache_read_tokens or usage.cache_write_tokens or missed):
        return ""
    parts = [f"{usage.cache_read_tokens / usage.prompt_tokens:.0%} read"] if usage.cache_read_tokens else []
    if usage.cache_write_tokens:
        parts.append(f"{words.tokens(usage.cache_write_tokens)} written")
    if isinstance(missed, str):
        parts.append(f"missed: {words.printable(missed)}")
    return "cache " + " ".join(parts)


def error_of(node: Node) -> str | None:
    if node.call is not None:
        return node.call.error
    error = node.span.attributes.get(names.ERROR_TYPE)
    return str(error) if error else "error" if node.span.status_code == 2 else None


def cost(node: Node, digits: int) -> str:
    totals = node.totals
    if node.call is not None:
        return words.cost(totals, digits) if not node.children else _own_cost(node, digits)
    return f"({words.cost(totals, digits)})" if totals.calls else ""


def _own_cost(node: Node, digits: int) -> str:
    assert node.call is not None
    if node.call.cost_usd is None:
        return words.UNPRICED
    return ("~" if node.call.cost_status == "estimated" else "") + words.money(node.call.cost_usd, digits)


def _bar(node: Node, trace: Trace, width: int, block: str) -> str:
    """Where in the time of the trace the span is."""
    whole = max(trace.end_ns - trace.start_ns, 1)
    start = min(width - 1, (node.span.start_ns - trace.start_ns) * width // whole)
    end = min(width, -(-(node.span.end_ns - trace.start_ns) * width // whole))
    return " " * start + block * max(1, end - start)


def duration(ns: int) -> str:
    seconds = max(ns, 0) / 1e9
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _sums(totals: Totals) -> dict[str, Any]:
    return {
        "calls": totals.calls,
        "errors": totals.errors,
        "estimated": totals.estimated,
        "unpriced": totals.unpriced,
        "cost_usd": totals.cost_usd,
    }


def _span(node: Node, trace: Trace) -> dict[str, Any]:
    span, call = node.span, node.call
    usage = None if call is None else call.usage
    return {
        "span_id": span.span_id,
        "parent_span_id": span.parent_span_id or None,
        "depth": node.depth,
        "kind": node.kind,
        "name": span.name,
        "scope": span.scope,
        "offset_s": (span.start_ns - trace.start_ns) / 1e9,
        "duration_s": (span.end_ns - span.start_ns) / 1e9,
        "error": error_of(node),
        "model": None if call is None else call.model,
        "feature": None if call is None else call.feature,
        "task": _text(span.attributes.get(names.TASK_NAME)),
        "call_site": None if call is None else words.call_site(call.call_site),
        "cost_usd": None if call is None else call.cost_usd,
        "cost_status": None if call is None else call.cost_status,
        "tokens": None if usage is None else {**dict.fromkeys(("output",)), **dict(usage.by_kind())},
        "cache_status": _text(span.attributes.get(_CACHE_STATUS)),
        "cache_miss_reason": _text(span.attributes.get(_MISS_REASON)),
        "stop_reason": None if call is None else call.stop_reason,
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
