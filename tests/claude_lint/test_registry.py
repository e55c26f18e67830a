"""Rules of others: who may bring some, and when their code is run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from claude_lint import Config, LintError
from claude_lint.running.registry import installed_rules, local_rules, together
from claude_rules import RULES

if TYPE_CHECKING:
    from pathlib import Path

RULE = """\
from __future__ import annotations
from claude_lint.findings import Confidence, Finding, Severity
from claude_lint.rule import Invalid, Rule

def check(request, context):
    yield Finding("{code}", "{name}", Severity.INFO, Confidence.HIGH, "m", request.call, request.call)

RULE = Rule("{code}", "{name}", "A rule.", Severity.INFO, Confidence.HIGH, check, (), ())
"""


def write(file: Path, code: str = "ACME101", name: str = "no-calls", more: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(RULE.format(code=code, name=name) + more)
    return file


def config(root: Path, *rules: str) -> Config:
    return Config(directory=root, source="pyproject.toml", rules=rules)


def test_rules_of_the_project_are_run_only_when_that_is_allowed(tmp_path: Path) -> None:
    write(tmp_path / "tools/ours.py", more="open(__file__ + '.ran', 'w').close()\n")
    with pytest.raises(
        LintError, match=r"tools/ours\.py is code of the linted project; .*--allow-local-rules"
    ):
        local_rules(config(tmp_path, "tools/ours.py"), allowed=False)
    assert not (tmp_path / "tools/ours.py.ran").exists()
    assert [rule.code for rule in local_rules(config(tmp_path, "tools/ours.py"), allowed=True)] == ["ACME101"]
    assert (tmp_path / "tools/ours.py.ran").exists()
    assert not (tmp_path / "tools/__pycache__").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such file"),
        ("1 / 0", "cannot be loaded: ZeroDivisionError"),
        ("x = (", "cannot be loaded: SyntaxError"),
        ("import sys; sys.exit()", "cannot be loaded: SystemExit"),
        ("x = 1", "has no rules: RULE or RULES"),
        ("RULES = [1]", "has no rules: RULE or RULES"),
    ],
)
def test_a_file_without_rules_is_refused_with_its_name(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "ours.py").write_text(text)
    with pytest.raises(LintError, match=said) as caught:
        local_rules(config(tmp_path, "ours.py"), allowed=True)
    assert str(tmp_path / "ours.py") in str(caught.value)


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("CL999", "no-calls", "codes that begin with CL are ours"),
        ("acme1", "no-calls", "capitals and three digits"),
        ("ACME101", "No Calls", "small words with hyphens"),
        ("ACME101", "missing-max-tokens", "there is another rule missing-max-tokens"),
        ("ACME101", "unused-suppression", "there is another rule unused-suppression"),
    ],
)
def test_codes_and_names_must_be_well_formed_and_free(
    tmp_path: Path, code: str, name: str, said: str
) -> None:
    write(tmp_path / "ours.py", code, name)
    with pytest.raises(LintError, match=said):
        together(RULES, local_rules(config(tmp_path, "ours.py"), allowed=True))


def test_the_same_code_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "b.py", name="other-name")
    with pytest.raises(LintError, match="there is another rule ACME101"):
        together(RULES, local_rules(config(tmp_path, "a.py", "b.py"), allowed=True))


def test_installed_packages_offer_rules_by_entry_point(tmp_path: Path) -> None:
    assert installed_rules() == ()
    write(tmp_path / "acme_rules.py")
    metadata = tmp_path / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[claude_lint.rules]\nacme = acme_rules\n")
    code = "from claude_lint.running.registry import installed_rules\nprint([rule.code for rule in installed_rules()])"

    def printed(directory: Path) -> str:
        return subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert printed(tmp_path.parent) == "['ACME101']\n"
    # The directory that is linted is no place where packages are installed.
    assert printed(tmp_path) == "[]\n"
