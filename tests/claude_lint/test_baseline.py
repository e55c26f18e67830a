"""The baseline hides what was there, and only shrinks."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from claude_lint import Config, LintError, Result, lint
from claude_lint.running.baseline import Baseline, made_of, read
from claude_rules import RULES

CALL = 'client.messages.create(model="claude-sonnet-5-5", messages=[])\n'
HEAD = "import anthropic\nclient = anthropic.Anthropic()\n"


def run(root: Path, baseline: Baseline | None = None) -> Result:
    return lint(
        [Path()],
        root=root,
        config=Config(),
        rules=RULES,
        as_of=date(2026, 11, 20),
        baseline=baseline,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(HEAD + CALL + CALL)
    file = tmp_path / "lint-baseline.json"
    made_of(run(tmp_path), file).write()
    return file


def shrunk(root: Path, file: Path, codes: tuple[str, ...] = ("CL201",)) -> int:
    return read(file).after(run(root, read(file)), codes).size


def test_what_was_there_is_hidden_also_when_it_moves(tmp_path: Path, file: Path) -> None:
    assert len(run(tmp_path).findings) == 2
    assert (run(tmp_path, read(file)).findings, len(run(tmp_path, read(file)).in_baseline)) == ((), 2)
    (tmp_path / "a.py").write_text("# new\n\n" + HEAD + "if True:\n    " + CALL + CALL)
    result = run(tmp_path, read(file))
    assert result.findings == ()
    assert "0 findings, 2 in the baseline" in str(result.summary)


def test_one_more_of_the_same_is_new(tmp_path: Path, file: Path) -> None:
    (tmp_path / "a.py").write_text(HEAD + CALL * 3)
    assert len(run(tmp_path, read(file)).findings) == 1
    (tmp_path / "b.py").write_text(HEAD + CALL)
    assert [each.place.path for each in run(tmp_path, read(file)).findings] == ["a.py", "b.py"]


def test_it_holds_paths_from_where_it_lies_and_no_code(tmp_path: Path, file: Path) -> None:
    text = file.read_text()
    assert "anthropic" not in text
    assert "messages" not in text
    (entry,) = json.loads(text)["findings"]
    assert (entry["path"], entry["code"], entry["count"]) == ("a.py", "CL201", 2)
    assert run(tmp_path, read(file)).findings == ()
    (tmp_path / "sub").mkdir()
    moved = tmp_path / "sub/base.json"
    made_of(run(tmp_path), moved).write()
    assert json.loads(moved.read_text())["findings"][0]["path"] == "../a.py"
    assert run(tmp_path, read(moved)).findings == ()


def test_what_was_mended_is_taken_out_and_nothing_is_put_in(tmp_path: Path, file: Path) -> None:
    assert shrunk(tmp_path, file) == 2
    (tmp_path / "a.py").write_text(HEAD + CALL)
    assert shrunk(tmp_path, file) == 1
    (tmp_path / "a.py").write_text(HEAD + CALL * 5)
    assert shrunk(tmp_path, file) == 2


def test_what_was_not_looked_at_stays(tmp_path: Path, file: Path) -> None:
    (tmp_path / "a.py").write_text(HEAD)
    assert read(file).shrunk((), {"a.py"}, {"CL201"}).size == 0
    assert read(file).shrunk((), set(), {"CL201"}).size == 2
    assert read(file).shrunk((), {"a.py"}, {"CL101"}).size == 2
    (tmp_path / "a.py").unlink()
    assert read(file).shrunk((), set(), {"CL201"}).size == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such baseline; --write-baseline makes it"),
        ("x", "not a baseline"),
        ("[]", "not a baseline"),
        ('{"version": 1, "findings": [{"path": "a"}]}', "not a baseline"),
        ('{"version": 2, "findings": []}', "version 2"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "b.json").write_text(text)
    with pytest.raises(LintError, match=said) as caught:
        read(tmp_path / "b.json")
    assert "b.json" in str(caught.value)


def test_a_baseline_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LintError, match="cannot be written"):
        Baseline(tmp_path / "no/b.json").write()
