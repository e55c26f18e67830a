"""Makes the page: one file with everything in it, which asks for nothing from any network."""

from __future__ import annotations

import json
from html import escape
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any, Final

from otel_claude.report import notes, waterfall, words
from otel_claude.report.page import charts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_claude.call_site import CallSite
    from otel_claude.report.page.content import Content
    from otel_claude.report.trace import Node, Trace

RULES: Final = "https://github.com/otel-claude/otel-claude/blob/main/docs/rules"
"""Where the page of each rule is."""

DEEPEST: Final = 8
"""What is deeper in a trace is not indented more."""

NO_CALLS: Final = "No Claude calls in this time."


class ChartsMissingError(Exception):
    """The library that the charts are drawn with is not installed. The message says what to do."""


def render(content: Content) -> str:
    """The page. Raises `ChartsMissingError`."""
    digits = 2 if content.total.priced_usd >= 100 else 4
    sections = [
        _spend(content, digits),
        _cache(content),
        _wastes(content, digits),
        _call_sites(content, digits),
        _trace(content.trace, digits),
    ]
    drawn = {
        "spend-chart": charts.spend(content.spend, content.unit, content.coloured),
        "cache-chart": charts.cache(_cache_rows(content)),
    }
    if not content.total.calls:
        sections, drawn = [f"<p>{NO_CALLS}</p>"], {}
    return Template(_file("page.html")).substitute(
        period=escape(_period(content)),
        style=_file("style.css"),
        tiles="\n".join(_tiles(content, digits)),
        sections="\n".join(section for section in sections if section),
        scripts=_scripts(drawn),
        footer=(
            f"otel-claude {escape(version('otel-claude'))}. Costs are computed from the usage that the API reported, "
            "by public rates or yours; ~ marks sums that hold estimates. Times are UTC."
        ),
    )


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _period(content: Content) -> str:
    if content.first is None or content.last is None:
        return NO_CALLS
    first, last = (f"{at:%Y-%m-%d %H:%M}" for at in (content.first, content.last))
    return f"{first} UTC" if first == last else f"{first} to {last} UTC"


def _tiles(content: Content, digits: int) -> Iterable[str]:
    total = content.total
    yield _tile("Cost", words.cost(total, digits))
    yield _tile("Calls", f"{total.calls:,}")
    yield _tile("Input read from cache", words.percent(total.cache_hit_ratio))
    saved = total.cache_savings_usd
    yield _tile("Caching saved" if saved >= 0 else "Caching lost", words.money(abs(saved), digits))
    if total.errors:
        yield _tile("Failed calls", f"{total.errors:,}")
    if total.unpriced:
        yield _tile("Calls without a price", f"{total.unpriced:,}")
    rate = content.notes.rate
    if rate is not None:
        yield _tile(
            f"{rate.month} at this rate", "~" + words.money(rate.month_usd, 2 if rate.month_usd >= 100 else 4)
        )


def _tile(name: str, value: str) -> str:
    return f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"


def _spend(content: Content, digits: int) -> str:
    rows = [
        (row["time"].replace("T", " ")[:16], row["feature"], _Number(words.money(row["usd"], digits)))
        for row in content.spend
    ]
    return _section(
        "Spend over time, by feature",
        _chart(
            "spend-chart",
            f"Bar chart of the cost by {content.unit}, stacked by feature. The table below has the numbers.",
        ),
        _details(
            "Numbers", _table("USD by time and feature", ("time (UTC)", "feature", _Number("cost")), rows)
        ),
    )


def _cache(content: Content) -> str:
    rows = [
        (
            name,
            _Number(words.percent(totals.cache_hit_ratio)),
            _Number(words.tokens(totals.cache_read_tokens)),
            _Number(words.tokens(totals.cache_write_tokens)),
            _Number(words.tokens(totals.input_tokens)),
            _Number(words.money(totals.cache_savings_usd, 4)),
        )
        for name, totals in content.features
    ]
    headings = (
        "feature",
        _Number("read"),
        _Number("tokens read"),
        _Number("written"),
        _Number("not cached"),
        _Number("saved"),
    )
    return _section(
        "Cache efficiency",
        _chart(
            "cache-chart",
            "Bar chart of where each feature's input came from. Its numbers are below.",
        ),
        _details("Numbers", _table("Input tokens by feature", headings, rows)),
    )


def _cache_rows(content: Content) -> charts.Rows:
    return [
        row
        for name, totals in content.features[: 2 * charts.MOST_COLOURS]
        for row in charts.token_rows(
            name,
            read=totals.cache_read_tokens,
            written=totals.cache_write_tokens,
            uncached=totals.input_tokens,
        )
    ]


def _wastes(content: Content, digits: int) -> str:
    shown = notes.shown(content.notes, content.total.priced_usd)
    if not shown:
        return ""
    rows = [
        (
            _Number(notes.amount(waste, digits)),
            _place(waste.call_site, waste.feature),
            waste.sentence,
            _rules(content.notes.codes.get(waste.call_site, ()) if waste.call_site is not None else ()),
        )
        for waste in shown
    ]
    headings = (_Number("wasted"), "where", "what", "finding")
    return _section(
        "Waste, the most first",
        "<p class=soft>What overlaps counts in each. ~ marks estimates.</p>",
        _table("What could have been saved", headings, rows),
    )


def _call_sites(content: Content, digits: int) -> str:
    rows = [
        (
            _Number(words.cost(totals, digits)),
            _Number(f"{totals.calls:,}"),
            _Number(words.percent(totals.cache_hit_ratio)),
            _place(site, None),
            _rules(content.notes.codes.get(site, ()) if site is not None else ()),
        )
        for site, totals in content.call_sites
    ]
    headings = (_Number("cost"), _Number("calls"), _Number("read"), "call site", "finding")
    return _section("Lines of code", _table("The dearest call sites", headings, rows))


def _trace(trace: Trace | None, digits: int) -> str:
    if trace is None:
        return ""
    whole = max(trace.end_ns - trace.start_ns, 1)
    rows = "\n".join(_node(node, trace, whole, digits) for node in trace.nodes)
    heads = "".join(_cell("th", each) for each in ("span", "time", _Number("duration"), _Number("cost")))
    return _section(
        "The dearest trace",
        f"<p class=soft>{escape(trace.trace_id)}, {trace.start:%Y-%m-%d %H:%M:%S} UTC</p>",
        '<div class="scroll"><table class="waterfall"><caption>Its spans in the order of time; in brackets, what the '
        f"calls below cost together</caption><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table></div>",
    )


def _node(node: Node, trace: Trace, whole: int, digits: int) -> str:
    span = node.span
    start, length = (span.start_ns - trace.start_ns) / whole, (span.end_ns - span.start_ns) / whole
    kind = "" if node.call is not None else ' class="other"'
    bar = f'<i{kind} style="--from:{start:.3%};--share:{length:.3%}"></i>'
    error = ' class="error"' if waterfall.error_of(node) else ""
    said = ", ".join(waterfall.details(node))
    return (
        f'<tr><td style="--depth:{min(node.depth, DEEPEST)}"{error}>{escape(waterfall.label(node))}'
        f"<br><small class=soft>{escape(said)}</small></td>"
        f'<td><div class="track" aria-hidden="true">{bar}</div></td>'
        f'<td class="number">{escape(waterfall.duration(span.end_ns - span.start_ns))}</td>'
        f'<td class="number">{escape(waterfall.cost(node, digits))}</td></tr>'
    )


class _Number(str):
    """Text of a cell that is a number, or heads such cells."""

    __slots__ = ()


class _Markup(str):
    """Text of a cell that is HTML already."""

    __slots__ = ()


def _section(heading: str, *parts: str) -> str:
    return "\n".join(["<section>", f"<h2>{escape(heading)}</h2>", *parts, "</section>"])


def _chart(name: str, says: str) -> str:
    return f'<div id="{name}" class="chart" role="img" aria-label="{escape(says)}"></div>'


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>\n{body}\n</details>"


def _table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    heads = "".join(_cell("th", heading) for heading in headings)
    body = "\n".join(f"<tr>{''.join(_cell('td', cell) for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


def _cell(kind: str, text: str) -> str:
    attributes = ' scope="col"' if kind == "th" else ""
    if isinstance(text, _Number):
        attributes += ' class="number"'
    return (
        f"<{kind}{attributes}>{text if isinstance(text, _Markup) else escape(words.printable(text))}</{kind}>"
    )


def _place(site: CallSite | None, feature: str | None) -> str:
    if site is None:
        return words.key(feature)
    path = escape(words.printable(f"{site.path}:{site.line}")).replace("/", "/<wbr>")
    return _Markup(f"<code>{path}</code> {escape(words.printable(site.function))}")


def _rules(codes: Iterable[str]) -> str:
    return _Markup(" ".join(f'<a href="{RULES}/{escape(code)}.md">{escape(code)}</a>' for code in codes))


def _scripts(drawn: dict[str, dict[str, Any]]) -> str:
    if not drawn:
        return ""
    try:
        import vl_convert
    except ImportError:
        raise ChartsMissingError(
            "the page's charts need a library; pip install 'otel-claude[html]'"
        ) from None
    data = [
        f'<script type="application/json" data-chart="{name}">{_json(spec)}</script>'
        for name, spec in drawn.items()
    ]
    code = [vl_convert.javascript_bundle(), _file("draw.js")]  # type: ignore[call-arg]
    return "\n".join([*data, *(f"<script>{_inline(each)}</script>" for each in code)])


def _json(value: object) -> str:
    """JSON that can stand inside of a script: nothing in it ends the script."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _inline(code: str) -> str:
    """JavaScript that can stand inside of a page: a `</script` in one of its strings does not end it."""
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")
