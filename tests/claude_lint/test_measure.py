"""Which measurement belongs to which call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from claude_lint.findings import Confidence, Finding, Measured, Place, Severity
from claude_lint.result import Call
from claude_lint.running.measure import measured_calls, with_measured

if TYPE_CHECKING:
    from collections.abc import Mapping

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Site:
    path: str
    line: int
    function: str = ""
    calls: int = 10
    cost_usd: float = 1.0
    cache_hit_ratio: float | None = None
    unpriced: int = 0
    days: float = 1.0
    cache_savings_usd: float = 0.0
    output_p99: int | None = None
    stop_reasons: Mapping[str, int] = field(default_factory=dict)
    first: datetime = NOON
    last: datetime = NOON
    revisions: Mapping[str | None, int] = field(default_factory=dict)


def call(path: str, first: int, last: int, function: str = "") -> Call:
    return Call(Place(path, first, 1, last, 2), function)


ANSWER = call("app/support.py", 10, 14, "Support.answer")
LABEL = call("app/support.py", 30, 30, "label")
OTHER = call("lib/support.py", 12, 12, "answer")
CALLS = (ANSWER, LABEL, OTHER)


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (Site("app/support.py", 10), ANSWER),
        (Site("app/support.py", 14), ANSWER),
        (Site("app/support.py", 15), None),
        (Site("/srv/build/app/support.py", 12), ANSWER),
        (Site("service/app/support.py", 12), ANSWER),
        (Site("/srv/lib/support.py", 12), OTHER),
        (Site("my_app/support.py", 12), None),
        (Site("support.py", 12), None),
        (Site("app/support.py", 99, "Support.answer"), ANSWER),
        (Site("app/support.py", 99, "answer"), ANSWER),
        (Site("app/support.py", 30, "Support.answer"), LABEL),
        (Site("app/support.py", 99, "gone"), None),
        (Site("", 10), None),
    ],
)
def test_a_measurement_belongs_to_the_call_whose_lines_it_names_else_to_its_function(
    site: Site, expected: Call | None
) -> None:
    assert list(measured_calls(CALLS, [site])) == ([] if expected is None else [expected.place])


def test_a_path_that_is_shorter_than_the_linted_one_is_matched_by_its_end() -> None:
    assert list(measured_calls([ANSWER], [Site("support.py", 10)])) == [ANSWER.place]


def test_of_two_calls_in_a_function_the_nearest_is_meant() -> None:
    first, second = call("a.py", 10, 10, "f"), call("a.py", 20, 20, "f")
    assert list(measured_calls([first, second], [Site("a.py", 17, "f")])) == [second.place]


def test_of_nested_calls_the_innermost_is_meant() -> None:
    outer, inner = call("a.py", 10, 20), call("a.py", 12, 13)
    assert list(measured_calls([outer, inner], [Site("a.py", 12)])) == [inner.place]


def test_several_measurements_of_one_call_are_summed() -> None:
    sites = [
        Site(
            "app/support.py", 10, calls=30, cost_usd=2.0, cache_hit_ratio=0.5, unpriced=1, days=2.0,
            cache_savings_usd=0.5, output_p99=90, stop_reasons={"max_tokens": 2}, revisions={"a": 30},
        ),
        Site(
            "app/support.py", 14, calls=10, cost_usd=0.5, cache_hit_ratio=0.1, days=3.0,
            cache_savings_usd=-0.25, output_p99=20, first=NOON - timedelta(days=3), revisions={"b": 10},
        ),
        Site("app/support.py", 12, calls=5, cost_usd=0.25, stop_reasons={"end_turn": 5}, revisions={"a": 5}),
    ]  # fmt: skip
    expected = Measured(
        45, 2.75, pytest.approx(0.4), unpriced_calls=1, days=3.0, cache_savings_usd=0.25, output_p99=90,
        cut_off=2, first=NOON - timedelta(days=3), last=NOON, revisions=("a", "b"),
    )  # fmt: skip
    assert measured_calls(CALLS, sites) == {ANSWER.place: expected}


def test_a_finding_about_several_calls_costs_what_they_cost_together() -> None:
    shared = Finding(
        "CL3",
        "x",
        Severity.ERROR,
        Confidence.HIGH,
        "",
        ANSWER.place,
        ANSWER.place,
        others=(LABEL.place, OTHER.place),
    )
    measured = {ANSWER.place: Measured(30, 2.0, 0.5, 1, 2.0), LABEL.place: Measured(10, 1.0, 0.1, 0, 3.0)}
    (ranked,) = with_measured([shared], measured)
    assert ranked.measured == Measured(40, 3.0, pytest.approx(0.4), unpriced_calls=1, days=3.0)


def test_where_one_call_names_no_commit_none_is_known() -> None:
    sites = [Site("a.py", 1, revisions={"a": 3}), Site("a.py", 1, revisions={"a": 2, None: 1})]
    (measured,) = measured_calls([call("a.py", 1, 1)], sites).values()
    assert measured.revisions == ()


def test_findings_come_costliest_first_then_by_severity_and_the_unmeasured_last() -> None:
    def finding(place: Call, severity: Severity, code: str) -> Finding:
        return Finding(code, "x", severity, Confidence.HIGH, "", place.place, place.place)

    dear = [finding(LABEL, Severity.ERROR, "CL3"), finding(LABEL, Severity.WARNING, "CL1")]
    cheap = [finding(ANSWER, Severity.ERROR, "CL1")]
    unmeasured = [finding(OTHER, Severity.ERROR, "CL1"), finding(OTHER, Severity.INFO, "CL1")]
    measured = {LABEL.place: Measured(1, 5.0, None), ANSWER.place: Measured(9, 0.0, None)}
    ranked = with_measured([*reversed(unmeasured), *cheap, *reversed(dear)], measured)
    assert list(ranked) == [*dear, *cheap, *unmeasured]
    assert [each.measured and each.measured.cost_usd for each in ranked] == [5.0, 5.0, 0.0, None, None]
