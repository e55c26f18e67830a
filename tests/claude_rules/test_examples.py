"""Every rule finds what its examples say, and nothing in its clean ones. Generated from the rules themselves."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import claude_rules
import pytest
from claude_lint.modelling.analyse import requests_in
from claude_lint.reading.prefilter import may_call_claude
from claude_lint.reading.source import parse
from claude_lint.rule import Context, Invalid, Rule
from claude_rules import MODULES, RULES

if TYPE_CHECKING:
    from claude_lint.findings import Finding
    from claude_lint.request import Request

CONTEXT = Context(as_of=date(2026, 11, 20))
PAGE_PARTS = (
    "What it finds",
    "Why it costs",
    "Example",
    "Use instead",
    "Fix safety",
    "Suppression",
    "References",
)

VALID = [
    pytest.param(rule, code, id=f"{rule.code}-{n}") for rule in RULES for n, code in enumerate(rule.valid)
]
INVALID = [
    pytest.param(rule, one, id=f"{rule.code}-{n}") for rule in RULES for n, one in enumerate(rule.invalid)
]


@pytest.mark.parametrize("code", MODULES)
def test_what_is_listed_of_a_rule_is_what_its_module_says(code: str) -> None:
    (listed,) = (rule for rule in RULES if rule.code == code)
    given = listed.code, listed.name, listed.default
    rule = import_module(f"claude_rules.{MODULES[code]}").RULE
    assert given == (rule.code, rule.name, rule.default)
    assert astuple(listed) == astuple(rule)


def test_every_module_with_a_rule_is_listed() -> None:
    folder = Path(claude_rules.__file__).parent
    assert set(MODULES.values()) == {
        file.stem for file in folder.glob("*.py") if "\nRULE: Final" in file.read_text()
    }


@cache
def requests_of(code: str) -> tuple[Request, ...]:
    data = code.encode()
    return requests_in(parse(data, "example.py")) if may_call_claude(data) else ()


def findings_of(rule: Rule, code: str) -> list[Finding]:
    requests = requests_of(code)
    return list(dict.fromkeys(finding for request in requests for finding in rule.check(request, CONTEXT)))


@pytest.mark.parametrize(("rule", "code"), VALID)
def test_a_clean_example_has_no_finding(rule: Rule, code: str) -> None:
    assert findings_of(rule, code) == []


@pytest.mark.parametrize(("rule", "example"), INVALID)
def test_an_invalid_example_has_exactly_the_finding_that_it_says(rule: Rule, example: Invalid) -> None:
    (finding,) = findings_of(rule, example.code)
    assert (finding.code, finding.name) == (rule.code, rule.name)
    assert finding.place.line == example.line
    if example.chain is not None:
        assert [step.place.line for step in finding.chain] == list(example.chain)
    if example.message is not None:
        assert example.message in finding.message


@pytest.mark.parametrize(("rule", "example"), INVALID)
def test_a_fix_gives_the_code_that_the_example_says_and_that_is_clean(rule: Rule, example: Invalid) -> None:
    (finding,) = findings_of(rule, example.code)
    if example.fixed is None:
        return
    assert finding.fix is not None
    code = example.code
    for edit in finding.fix.edits:
        lines = code.splitlines(keepends=True)
        line = lines[edit.place.line - 1]
        assert edit.place.line == edit.place.end_line
        lines[edit.place.line - 1] = (
            line[: edit.place.column - 1] + edit.text + line[edit.place.end_column - 1 :]
        )
        code = "".join(lines)
    assert code == example.fixed
    assert findings_of(rule, code) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_examples_and_a_page_with_every_part(rule: Rule) -> None:
    assert len(rule.valid) >= 3
    assert len(rule.invalid) >= 2
    positions = [rule.docs.find(f"**{part}.**") for part in PAGE_PARTS]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_example_of_every_rule_is_analysed_without_an_error(rule: Rule) -> None:
    for code in (*rule.valid, *(example.code for example in rule.invalid)):
        for other in RULES:
            findings_of(other, code)
