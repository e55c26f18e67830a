"""The JSON document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_lint.findings import Measured
from claude_lint.output import jsondoc

if TYPE_CHECKING:
    from claude_lint.result import Result


def test_the_document_has_every_key_of_version_1(everything: Result) -> None:
    document = json.loads(jsondoc.render(everything))
    assert list(document) == ["version", "findings", "muted", "errors", "summary"]
    assert document["version"] == 1
    assert document["findings"][1] == {
        "code": "CL101",
        "name": "dynamic-cached-prefix",
        "severity": "warning",
        "confidence": "medium",
        "message": "The clock is in the cached prompt: 100%, it\nis never read.",
        "path": "app/sup port.py",
        "line": 6,
        "column": 21,
        "end_line": 6,
        "end_column": 34,
        "cell": None,
        "call": {"path": "app/sup port.py", "line": 4, "cell": None},
        "other_calls": [],
        "chain": [
            {"path": "clock.py", "line": 2, "message": "`now` is the clock"},
            {"path": "app/sup port.py", "line": 6, "message": "enters system[0]"},
        ],
        "fix": {
            "message": "move the clock behind the breakpoint",
            "applicability": "unsafe",
            "edits": [
                {
                    "path": "app/sup port.py",
                    "line": 6,
                    "column": 21,
                    "end_line": 6,
                    "end_column": 34,
                    "cell": None,
                    "text": '"',
                }
            ],
        },
        "measured": None,
        "evidence": None,
    }
    assert document["errors"] == [
        {
            "code": "CL902",
            "name": "syntax-error",
            "message": "syntax error: ¡no!",
            "path": "b%d.py",
            "line": 3,
            "column": 9,
            "cell": None,
        }
    ]
    assert document["summary"] == {
        "files": 3,
        "parsed": 2,
        "call_sites": 2,
        "models_known": 1,
        "findings": 3,
        "suppressed": 0,
        "errors": 1,
        "in_baseline": 0,
        "fixed": 0,
        "fixable": 0,
        "unsafely_fixable": 1,
        "muted": 0,
    }


def test_what_was_measured_is_in_it(everything: Result) -> None:
    last = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    measured = Measured(3, 0.5, None, unpriced_calls=1, days=2.0, last=last)
    result = replace(everything, findings=(replace(everything.findings[0], measured=measured),))
    assert json.loads(jsondoc.render(result))["findings"][0]["measured"] == {
        "calls": 3,
        "cost_usd": 0.5,
        "cache_hit_ratio": None,
        "unpriced_calls": 1,
        "days": 2.0,
        "cache_savings_usd": 0.0,
        "output_p99": None,
        "cut_off": 0,
        "first": None,
        "last": "2026-11-20T12:00:00+00:00",
        "revisions": [],
    }


def test_paths_that_are_not_unicode_can_be_written(everything: Result) -> None:
    place = replace(everything.findings[0].place, path="a\udcff.py")
    text = jsondoc.render(replace(everything, findings=(replace(everything.findings[0], place=place),)))
    assert json.loads(text.encode())["findings"][0]["path"] == "a\udcff.py"
