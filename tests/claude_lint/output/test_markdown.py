"""The table in Markdown, rendered by a renderer of Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from claude_lint.findings import Measured
from claude_lint.output import markdown
from claude_lint.result import Result
from markdown_it import MarkdownIt

Make = Callable[..., Result]


def html(result: Result) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(markdown.render(result)))


def rows(result: Result) -> list[str]:
    return html(result).split("<tr>")[2:]


def test_every_finding_and_unread_file_is_a_row(everything: Result) -> None:
    found = rows(everything)
    assert [row.split("<td>")[2].split("<")[0] for row in found] == [
        "CL201 missing-max-tokens",
        "CL101 dynamic-cached-prefix",
        "CL202 oversized-max-tokens",
        "CL902 syntax-error",
    ]
    assert "<code>app/sup port.py:6:21</code>" in found[1]
    assert "The clock is in the cached prompt: 100%, it is never read." in found[1]
    assert html(everything).endswith("<p>2 call sites, 1 model known, 3 findings, 1 error</p>\n")


def test_text_is_no_markup(everything: Result) -> None:
    odd = "a | b <img src=x> [x](http://y) *z* `code | <b>` @someone #1"
    place = replace(everything.findings[0].place, path="a`|b<i>.py")
    finding = replace(everything.findings[0], message=odd, place=place)
    (row,) = rows(replace(everything, findings=(finding,), errors=()))
    assert (
        "<td>a | b &lt;img src=x&gt; [x](http://y) *z* <code>code | &lt;b&gt;</code> @someone #1</td>" in row
    )
    assert "<code>a`|b&lt;i&gt;.py:4:12</code>" in row


def test_costs_are_shown_where_they_were_measured(everything: Result) -> None:
    finding = replace(everything.findings[0], measured=Measured(3, 0.5, None))
    result = replace(everything, findings=(finding,), measured={})
    assert rows(result)[0].split("<td>")[1].startswith("$0.5000</td>")


def test_nothing_to_report_is_one_line(make: Make) -> None:
    assert markdown.render(make()) == "2 call sites, 1 model known, 0 findings\n"
