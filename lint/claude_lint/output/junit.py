"""Findings as a JUnit report, which most CI systems can show: a failed test case for each finding.

A *suite* is one file with findings. A file that could not be analysed is an error of its suite. A run with nothing to
report has one test case that passed, for an empty report is an error to many readers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from claude_lint.output.words import where
from claude_lint.result import UNREADABLE, UNREADABLE_NAME

if TYPE_CHECKING:
    from claude_lint.result import Result

NAME: Final = "otel-claude lint"
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(result: Result) -> str:
    """The XML document."""
    suites: dict[str, list[str]] = {}
    for finding in result.findings:
        case = _case(
            f"{finding.code} {finding.name} ({where(finding.place)})",
            finding.place.path,
            finding.place.line,
            "failure",
            finding.message,
            finding.code,
        )
        suites.setdefault(finding.place.path, []).append(case)
    for error in result.errors:
        case = _case(
            f"{UNREADABLE} {UNREADABLE_NAME} ({error.path}:{error.line})",
            error.path,
            error.line,
            "error",
            error.message,
            UNREADABLE,
        )
        suites.setdefault(error.path, []).append(case)
    if not suites:
        suites[NAME] = [
            f"    <testcase name={_attribute(str(result.summary))} classname={_attribute(NAME)}/>\n"
        ]
    total = _counts([case for cases in suites.values() for case in cases])
    body = "".join(
        f"  <testsuite name={_attribute(name)} {_counts(cases)}>\n{''.join(cases)}  </testsuite>\n"
        for name, cases in suites.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites name={_attribute(NAME)} {total}>\n{body}</testsuites>\n"
    )


def _case(name: str, path: str, line: int, kind: str, message: str, code: str) -> str:
    return (
        f'    <testcase name={_attribute(name)} classname={_attribute(path)} file={_attribute(path)} line="{line}">\n'
        f"      <{kind} type={_attribute(code)} message={_attribute(message)}>{escape(_legal(message))}</{kind}>\n"
        "    </testcase>\n"
    )


def _counts(cases: list[str]) -> str:
    failures = sum("<failure " in case for case in cases)
    errors = sum("<error " in case for case in cases)
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'


def _attribute(text: str) -> str:
    return quoteattr(_legal(text), {"\n": "&#10;"})


def _legal(text: str) -> str:
    """The text with what XML cannot hold shown as U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)
