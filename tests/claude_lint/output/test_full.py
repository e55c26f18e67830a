"""What people read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import click
from claude_lint.findings import Confidence, Finding, Measured, Place, Severity
from claude_lint.output import full, table
from claude_lint.result import FileError, Result

Make = Callable[..., Result]


def plain(text: str) -> list[str]:
    return click.unstyle(text).splitlines()


def finding(place: Place, message: str = "m") -> Finding:
    return Finding("CL201", "missing-max-tokens", Severity.ERROR, Confidence.HIGH, message, place, place)


def test_a_finding_shows_its_line_its_chain_its_call_and_its_fix(everything: Result) -> None:
    text = "\n".join(plain(full.render(everything)))
    assert (
        """\
app/sup port.py:6:21 CL101 dynamic-cached-prefix  The clock is in the cached prompt: 100%, it�is never read.
  |
6 |         system=f"日本 {clock.now()} You help.",
  |                       ^^^^^^^^^^^^^
  = clock.py:2  `now` is the clock
  = app/sup port.py:6  enters system[0]
  = app/sup port.py:4  the call
  = fix (unsafe): move the clock behind the breakpoint
"""
        in text
    )
    assert "n.ipynb:cell 3:2:1 CL202 oversized-max-tokens  Much.\n  |\n2 | create()\n  | ^^^^^^^^\n" in text
    assert text.endswith("2 call sites, 1 model known, 3 findings, 1 error\n--fix --unsafe-fixes mends 1")


def test_a_clean_run_shows_one_line(make: Make) -> None:
    assert full.render(make()) == "2 call sites, 1 model known, 0 findings\n"


def test_a_place_over_several_lines_is_underlined_to_the_end_of_the_first(make: Make) -> None:
    lines = plain(full.render(make(finding(Place("app/sup port.py", 4, 12, 7, 6)))))
    assert lines[2:4] == ["4 |     return client.messages.create(", "  |            ^^^^^^^^^^^^^^^^^^^^^^^"]


def test_a_place_beyond_the_text_or_in_a_file_that_is_gone_is_shown_without_failing(make: Make) -> None:
    assert plain(full.render(make(finding(Place("gone.py", 3)))))[1] == ""
    lines = plain(full.render(make(finding(Place("app/sup port.py", 1, 99, 1, 120)))))
    assert lines[2:4] == ["1 | import clock", "  |             ^"]


def test_a_long_line_is_shown_around_the_place(make: Make) -> None:
    support = "a" * 5000 + "HERE" + "b" * 5000
    lines = plain(full.render(make(finding(Place("app/sup port.py", 1, 5001, 1, 5005)), support=support)))
    shown, underline = lines[2], lines[3]
    assert len(shown) < 160
    assert shown[underline.index("^") : underline.rindex("^") + 1] == "HERE"


def test_tabs_are_kept_so_that_the_underline_stands_right(make: Make) -> None:
    lines = plain(full.render(make(finding(Place("app/sup port.py", 1, 3, 1, 4)), support="\t\tx = 1")))
    assert lines[3] == "  | \t\t^"


def test_control_characters_of_linted_files_do_not_reach_the_terminal(make: Make) -> None:
    evil = "x\x1b[31m\x07\u202e"
    text = full.render(make(finding(Place("app/sup port.py", 1, 1, 1, 2), evil), support=evil))
    text += full.error_line(FileError(evil, 1, 1, None, evil))
    assert not set(click.unstyle(text)) & {"\x1b", "\x07", "\u202e"}


def test_with_traces_each_finding_says_what_its_calls_cost_or_that_they_were_not_measured(
    everything: Result,
) -> None:
    call = everything.findings[0].call
    measured = Measured(1200, 31.2, 0.125, unpriced_calls=3, days=6.6)
    result = replace(
        everything,
        findings=tuple(
            replace(each, measured=measured if each.call == call else None) for each in everything.findings
        ),
        measured={call: measured},
    )
    text = click.unstyle(full.render(result))
    assert (
        text.count(
            "measured: $31.2000 + 3 unpriced for 1,200 calls in 7 days, 12% of the input from the cache"
        )
        == 2
    )
    assert text.count("= not measured\n") == 1


def test_the_table_groups_the_findings_of_a_call_and_never_counts_its_cost_twice(everything: Result) -> None:
    call = everything.findings[0].call
    measured = Measured(1200, 31.2, 0.125, days=6.6)
    result = replace(
        everything,
        findings=tuple(
            replace(each, measured=measured if each.call == call else None) for each in everything.findings
        ),
        measured={call: measured, Place("clean.py", 1): Measured(5, 10.4, 1.0)},
    )
    assert plain(table.render(result)) == [
        "$31.2000 of $41.6000 (75%) measured at linted calls is spent where there are findings.",
        "",
        "        cost  calls  hit  finding                      call site",
        "────────────  ─────  ───  ───────────────────────────  ────────────────────────",
        "    $31.2000  1,200  12%  CL201 missing-max-tokens     app/sup port.py:4 answer",
        "                          CL101 dynamic-cached-prefix",
        "not measured      -    -  CL202 oversized-max-tokens   n.ipynb:cell 3:2",
    ]


def test_without_findings_there_is_no_table(make: Make) -> None:
    assert table.render(make(measured={})) == ""


def test_unpriced_calls_are_named_and_never_shown_as_zero_cost(make: Make) -> None:
    place = Place("app/sup port.py", 4, 12, 7, 6)
    measured = Measured(7, 0.0, None, unpriced_calls=7)
    result = make(replace(finding(place), measured=measured), measured={place: measured})
    assert "7 unpriced      7    -  CL201" in click.unstyle(table.render(result))
