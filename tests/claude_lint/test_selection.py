"""Which rules run for which selectors."""

from __future__ import annotations

import pytest
from claude_lint.errors import LintError
from claude_lint.findings import Confidence, Severity
from claude_lint.rule import Rule
from claude_lint.running.selection import check, selected


def rule(code: str, name: str, *, default: bool = True) -> Rule:
    return Rule(code, name, "", Severity.WARNING, Confidence.HIGH, lambda *_: (), (), (), default=default)


RULES = (
    rule("CL101", "dynamic-cached-prefix"),
    rule("CL102", "nondeterministic-prefix"),
    rule("CL201", "missing-max-tokens"),
    rule("CL501", "untagged-call", default=False),
)


@pytest.mark.parametrize(
    ("select", "ignore", "extend", "codes"),
    [
        (None, (), (), "CL101 CL102 CL201"),
        (None, (), ("CL5",), "CL101 CL102 CL201 CL501"),
        (None, ("CL1",), (), "CL201"),
        (("CL1",), (), (), "CL101 CL102"),
        (("ALL",), (), (), "CL101 CL102 CL201 CL501"),
        (("CL1", "missing-max-tokens"), ("dynamic-cached-prefix",), (), "CL102 CL201"),
        (("CL101",), ("CL1",), (), "CL101"),
        (("CL1",), ("CL101",), (), "CL102"),
        (("CL101",), ("CL101",), (), ""),
        (("CL101",), ("dynamic-cached-prefix",), (), ""),
        (None, ("ALL",), ("CL201",), "CL201"),
    ],
)
def test_the_more_specific_selector_decides_and_ignoring_a_tie(
    select: tuple[str, ...] | None, ignore: tuple[str, ...], extend: tuple[str, ...], codes: str
) -> None:
    assert " ".join(each.code for each in selected(RULES, select, ignore, extend)) == codes


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("CL10l", "did you mean CL10"),
        ("cl201", "did you mean CL201?"),
        ("CL999", "unknown rule 'CL999'"),
        ("missing-max-token", "did you mean missing-max-tokens?"),
        ("zzz", "the codes are CL101"),
        ("CL7", "unknown rule 'CL7'"),
        ("", "unknown rule ''"),
    ],
)
def test_an_unknown_selector_is_an_error_with_a_hint_and_where_it_was_given(selector: str, hint: str) -> None:
    with pytest.raises(LintError, match=r"^--select: ") as caught:
        check([selector], RULES, "--select")
    assert hint in str(caught.value)


def test_the_engines_own_codes_and_any_prefix_in_use_are_known() -> None:
    check(
        ["ALL", "CL", "CL1", "CL10", "CL101", "untagged-call", "CL902", "unused-suppression", "CL9"],
        RULES,
        "x",
    )
