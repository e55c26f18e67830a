"""The benchmark that goes over the history of public code, on a repository of three commits."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from benchmarks.lint_accuracy.public import history
from tests.claude_lint.test_prefixes import APP, PROMPTS, git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a history in which a cached prompt is added, then something else and then its text changed."""
    origin = tmp_path / "us" / "shop"
    origin.mkdir(parents=True)
    git(origin, "init", "-q", "-b", "main")
    commits = []
    for number, text in enumerate((APP, APP + "\n# a note\n", APP.replace("an order", "orders"))):
        (origin / "app.py").write_text(text)
        (origin / "prompts.py").write_text(PROMPTS)
        git(origin, "add", "-A")
        git(origin, "commit", "-qm", str(number))
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=origin, check=True, capture_output=True, text=True
        )
        commits.append(done.stdout.strip())
    entry = {"repository": "us/shop", "directory": "shop", "since": commits[0], "commit": commits[2]}
    (tmp_path / "histories.json").write_text(json.dumps([entry]))
    (tmp_path / "claims.json").write_text("[]")
    monkeypatch.setattr(history, "HERE", tmp_path)
    return tmp_path


def walk(pinned: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = history.main([str(pinned / "clones"), "--from", f"{pinned}/", "--list"])
    return status, capsys.readouterr().out


def test_each_commit_is_one_branch_and_only_the_change_of_the_prefix_is_claimed(
    pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = walk(pinned, capsys)
    assert status == 0
    row = next(line for line in said.splitlines() if line.startswith("| shop"))
    assert [cell.strip() for cell in row.split("|")[2:6]] == ["2", "2", "1", "0"]
    (claim,) = [line for line in said.splitlines() if line.startswith("shop ")]
    assert "(answer) tools[0]: not judged" in claim


def test_a_claim_that_a_reader_found_wrong_fails(pinned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (claim,) = [line for line in walk(pinned, capsys)[1].splitlines() if line.startswith("shop ")]
    _, commit, place, *_ = claim.split()
    path, _, line = place.partition(":")
    judged = {"repo": "shop", "commit": commit, "path": path, "line": int(line), "where": "tools[0]"}
    (pinned / "claims.json").write_text(json.dumps([{**judged, "verdict": "wrong"}]))
    assert walk(pinned, capsys)[0] == 1


def test_a_commit_that_cannot_be_read_is_an_error_and_the_others_are_looked_at(
    pinned: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compare, calls = history._compare, []

    def failing(clone: Path, parent: str) -> object:
        calls.append(parent)
        if len(calls) == 1:
            raise ValueError("broken")
        return compare(clone, parent)

    monkeypatch.setattr(history, "_compare", failing)
    status, said = walk(pinned, capsys)
    assert (status, len(calls)) == (1, 2)
    assert "broken" in said
