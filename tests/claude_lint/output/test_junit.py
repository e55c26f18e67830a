"""The JUnit report, read by a reader of such reports."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from claude_lint.output import junit
from claude_lint.result import Result

from tests.claude_lint.output.consumers import package

Make = Callable[..., Result]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    monkeypatch.syspath_prepend(str(package("junitparser==4.0.2")))
    monkeypatch.setitem(sys.modules, "junitparser", None)
    del sys.modules["junitparser"]
    import junitparser  # type: ignore[import-not-found]

    return junitparser.JUnitXml.fromstring  # type: ignore[no-any-return]


def test_every_finding_is_a_failure_and_every_unread_file_an_error(
    everything: Result, parsed: Callable[[str], Any]
) -> None:
    report = parsed(junit.render(everything).encode())  # type: ignore[arg-type]
    assert (report.tests, report.failures, report.errors) == (4, 3, 1)
    suites = {suite.name: list(suite) for suite in report}
    assert list(suites) == ["app/sup port.py", "n.ipynb", "b%d.py"]
    first, second = suites["app/sup port.py"]
    assert (first.name, first.classname) == (
        "CL201 missing-max-tokens (app/sup port.py:4:12)",
        "app/sup port.py",
    )
    (failure,) = second.result
    assert (failure.type, failure.message) == (
        "CL101",
        "The clock is in the cached prompt: 100%, it\nis never read.",
    )
    (error,) = suites["b%d.py"][0].result
    assert (type(error).__name__, error.message) == ("Error", "syntax error: ¡no!")


def test_a_run_with_nothing_to_report_has_one_case_that_passed(
    make: Make, parsed: Callable[[str], Any]
) -> None:
    report = parsed(junit.render(make()).encode())  # type: ignore[arg-type]
    assert (report.tests, report.failures, report.errors) == (1, 0, 0)
    assert [case.is_passed for suite in report for case in suite] == [True]


def test_any_text_is_legal_xml(everything: Result) -> None:
    odd = "]]> <&\"' \x00\x1b\ud800\uffff \U0001f600 é"
    finding = replace(everything.findings[0], message=odd)
    tree = ElementTree.fromstring(junit.render(replace(everything, findings=(finding,))).encode())
    (failure,) = tree.iter("failure")
    assert failure.text == failure.get("message") == "]]> <&\"' \ufffd\ufffd\ufffd\ufffd \U0001f600 é"
