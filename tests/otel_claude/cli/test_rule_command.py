"""`otel-claude rule`, run as users run it."""

from __future__ import annotations

import json

import pytest
from claude_rules import RULES
from click.testing import CliRunner, Result

from otel_claude.cli import main


def rule(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rule", *arguments])


@pytest.mark.parametrize("which", ["CL201", "cl201", "missing-max-tokens"])
def test_a_rule_is_explained_by_its_code_or_name(which: str) -> None:
    done = rule(which)
    assert done.exit_code == 0
    assert done.output.startswith("# CL201 missing-max-tokens\n\nA request without `max_tokens`")
    assert "**Why it costs.**" in done.output


def test_without_one_all_are_listed_in_order() -> None:
    codes = [line.split()[0] for line in rule().output.splitlines()]
    assert codes == sorted([*(rule.code for rule in RULES), "CL901", "CL902"])


def test_programs_get_json() -> None:
    listed = json.loads(rule("--format", "json").output)
    assert {"CL101", "CL901"} <= {each["code"] for each in listed}
    one = json.loads(rule("CL101", "--format", "json").output)
    assert set(one) == {"code", "name", "summary", "severity", "confidence", "default", "docs"}
    assert one["severity"] in {"error", "warning", "info"}


@pytest.mark.parametrize("code", ["CL901", "CL902"])
def test_what_the_engine_reports_has_a_page_too(code: str) -> None:
    assert f'ignore = ["{code}"]' in rule(code).output
    assert "**What it finds.**" in rule(code).output


def test_a_rule_that_does_not_exist_is_an_error_with_a_hint() -> None:
    done = rule("missing-max-token")
    assert (done.exit_code, done.output) == (
        2,
        "Error: no rule is called 'missing-max-token'; did you mean missing-max-tokens?\n",
    )
