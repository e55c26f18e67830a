"""GitLab's Code Quality report: the keys that its documentation asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from claude_lint.findings import Confidence, Finding, Place, Severity
from claude_lint.output import gitlab
from claude_lint.result import Result

Make = Callable[..., Result]


def issues(result: Result, project: Path | None = None) -> list[dict[str, Any]]:
    document = json.loads(gitlab.render(result, project))
    assert isinstance(document, list)
    return document


def test_every_issue_has_what_gitlab_asks_for(everything: Result) -> None:
    found = issues(everything)
    assert len(found) == 4
    for each in found:
        assert set(each) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert each["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert isinstance(each["location"]["lines"]["begin"], int)
        assert not each["location"]["path"].startswith(("/", "./"))
    assert found[0] == {
        "description": "No max_tokens.",
        "check_name": "CL201 missing-max-tokens",
        "fingerprint": found[0]["fingerprint"],
        "severity": "major",
        "location": {"path": "app/sup port.py", "lines": {"begin": 4, "end": 7}},
    }
    assert found[2]["location"] == {"path": "n.ipynb", "lines": {"begin": 1}}
    assert found[2]["description"] == "cell 3, line 2: Much."
    assert found[3]["check_name"] == "CL902 syntax-error"


def test_fingerprints_are_unique_and_stay_when_lines_above_change(make: Make) -> None:
    def at(line: int) -> Finding:
        place = Place("app/sup port.py", line)
        return Finding("CL201", "x", Severity.ERROR, Confidence.HIGH, "m", place, place)

    before = [each["fingerprint"] for each in issues(make(at(1), at(2), support="create()\ncreate()\n"))]
    after = [each["fingerprint"] for each in issues(make(at(3), at(4), support="#\n#\ncreate()\ncreate()\n"))]
    assert before == after
    assert len(set(before)) == 2


def test_paths_are_those_of_the_checkout(everything: Result) -> None:
    assert issues(everything, Path("/srv"))[0]["location"]["path"] == "my project/app/sup port.py"
    assert issues(everything, Path("/elsewhere"))[0]["location"]["path"] == "app/sup port.py"


def test_nothing_to_report_is_an_empty_list(make: Make) -> None:
    assert issues(make()) == []
