"""The formats that are lines for people: concise, and the statistics."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import click
from claude_lint.output import concise, statistics
from claude_lint.result import Result

Make = Callable[..., Result]


def test_concise_is_one_line_for_each_finding(everything: Result) -> None:
    assert click.unstyle(concise.render(everything)).splitlines() == [
        "app/sup port.py:4:12 CL201 missing-max-tokens  No max_tokens.",
        (
            "app/sup port.py:6:21 CL101 dynamic-cached-prefix  "
            "The clock is in the cached prompt: 100%, it\ufffdis never read."
        ),
        "n.ipynb:cell 3:2:1 CL202 oversized-max-tokens  Much.",
        "2 call sites, 1 model known, 3 findings, 1 error",
        "--fix --unsafe-fixes mends 1",
    ]


def test_statistics_count_by_rule_the_most_frequent_first(everything: Result) -> None:
    first, second, third = everything.findings
    result = replace(everything, findings=(first, second, third, third, second, third))
    assert statistics.render(result).splitlines()[:3] == [
        "3  CL202 oversized-max-tokens",
        "2  CL101 dynamic-cached-prefix  (2 fixable)",
        "1  CL201 missing-max-tokens",
    ]
    assert json.loads(statistics.render_json(result))[1] == {
        "code": "CL101",
        "name": "dynamic-cached-prefix",
        "count": 2,
        "fixable": 2,
    }


def test_nothing_to_count_is_said(make: Make) -> None:
    assert statistics.render(make()) == "2 call sites, 1 model known, 0 findings\n"
    assert json.loads(statistics.render_json(make())) == []
