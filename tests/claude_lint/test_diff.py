"""What a branch changed, told by a real git."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from claude_lint.errors import LintError
from claude_lint.findings import Confidence, Finding, Place, Severity, Step
from claude_lint.reading.diff import Changed, changes_since

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(
        ("git", *arguments), cwd=directory, env=os.environ | IDENTITY, check=True, capture_output=True
    )


def commit(directory: Path) -> None:
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", "x", "--allow-empty")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository on branch `main` with one file of ten lines, and a branch `topic` checked out."""
    root = tmp_path.resolve() / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "a.py").write_text("".join(f"line{number}\n" for number in range(1, 11)))
    commit(root)
    git(root, "checkout", "-q", "-b", "topic")
    return root


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_added_and_changed_lines_are_told_committed_or_not(repository: Path) -> None:
    edit(repository / "a.py", "line2\n", "line2\nnew\n")
    commit(repository)
    edit(repository / "a.py", "line9\n", "other\n")
    assert changes_since("main", repository).files == {"a.py": Changed(lines=((3, 3), (10, 10)))}


def test_what_the_other_branch_changed_meanwhile_does_not_count(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    edit(repository / "a.py", "line5", "theirs")
    commit(repository)
    git(repository, "checkout", "-q", "topic")
    edit(repository / "a.py", "line1\n", "ours\n")
    assert changes_since("main", repository).files == {"a.py": Changed(lines=((1, 1),))}


def test_removed_lines_touch_only_what_spans_them(repository: Path) -> None:
    edit(repository / "a.py", "line5\n", "")
    changed = changes_since("main", repository).files["a.py"]
    assert changed == Changed(gaps=(4,))
    assert changed.touches(Place("a.py", 3, 1, 6, 2))
    assert changed.touches(Place("a.py", 4, 1, 5, 2))
    assert not changed.touches(Place("a.py", 4, 1, 4, 9))
    assert not changed.touches(Place("a.py", 5, 1, 8, 2))


def test_new_files_count_whole_tracked_or_not_unless_ignored(repository: Path) -> None:
    (repository / ".gitignore").write_text("out.py\n")
    (repository / "staged.py").write_text("x\n")
    git(repository, "add", "staged.py")
    (repository / "loose.py").write_text("x\n")
    (repository / "out.py").write_text("x\n")
    files = changes_since("main", repository).files
    assert {path for path, changed in files.items() if changed.whole} == {
        ".gitignore",
        "staged.py",
        "loose.py",
    }
    assert files["loose.py"].touches(Place("loose.py", 99))


def test_a_renamed_file_has_only_its_changed_lines(repository: Path) -> None:
    (repository / "a.py").rename(repository / "b.py")
    edit(repository / "b.py", "line4", "four")
    git(repository, "add", "-A")
    assert changes_since("main", repository).files == {"b.py": Changed(lines=((4, 4),))}


def test_a_removed_file_changes_nothing(repository: Path) -> None:
    (repository / "a.py").unlink()
    assert changes_since("main", repository).files == {}


@pytest.mark.parametrize(
    "name", ["with space.py", "tab\there.py", 'quo"te.py', "ümlaut.py", "new\nline.py", "back\\slash.py"]
)
def test_any_file_name_is_read(repository: Path, name: str) -> None:
    (repository / name).write_text("one\ntwo\n")
    commit(repository)
    git(repository, "branch", "-f", "main")
    (repository / name).write_text("one\n2\n")
    assert changes_since("main", repository).files == {name: Changed(lines=((2, 2),))}


def test_lines_that_look_like_headers_of_a_patch_are_not_taken_for_them(repository: Path) -> None:
    edit(repository / "a.py", "line3\n", "++ b/evil.py\n-- a/evil.py\n@@ -1 +1 @@\ndiff --git a/x b/x\n")
    edit(repository / "a.py", "line8\n", "last\n")
    assert changes_since("main", repository).files == {"a.py": Changed(lines=((3, 6), (11, 11)))}


def test_a_file_without_a_last_line_end_is_read(repository: Path) -> None:
    (repository / "a.py").write_bytes((repository / "a.py").read_bytes().rstrip(b"\n"))
    commit(repository)
    (repository / "b.py").write_text("x")
    changes = changes_since("main", repository)
    assert changes.files["a.py"] == Changed(lines=((10, 10),))
    assert changes.files["b.py"].whole


def test_the_users_git_settings_and_environment_change_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for key, value in {
        "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "color.ui": "always", "diff.external": "false",
        "diff.interHunkContext": "9", "diff.context": "5", "diff.renames": "false", "core.pager": "false",
        "core.fsmonitor": f"touch {tmp_path}/ran",
    }.items():  # fmt: skip
        git(repository, "config", key, value)
    (repository / ".git/info/attributes").write_text("*.py -diff diff=odd\n")
    git(repository, "config", "diff.odd.textconv", "false")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_EXTERNAL_DIFF"):
        monkeypatch.setenv(name, "/nonexistent")
    edit(repository / "a.py", "line1\n", "x\n")
    edit(repository / "a.py", "line4\n", "y\n")
    assert changes_since("main", repository).files == {"a.py": Changed(lines=((1, 1), (4, 4)))}
    assert not (tmp_path / "ran").exists()


def test_paths_are_relative_to_the_root_that_is_linted(repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / "sub/b.py").write_text("x\n")
    edit(repository / "a.py", "line1\n", "x\n")
    assert set(changes_since("main", repository / "sub").files) == {"b.py"}


def test_a_notebooks_cells_are_told_by_their_source_not_by_lines_of_its_json(repository: Path) -> None:
    def notebook(*sources: str, indent: int) -> str:
        cells = [{"cell_type": "code", "source": source, "outputs": []} for source in sources]
        return json.dumps({"cells": cells}, indent=indent)

    (repository / "n.ipynb").write_text(notebook("one", "two", "three", indent=1))
    commit(repository)
    git(repository, "branch", "-f", "main")
    (repository / "n.ipynb").write_text(notebook("new", "one", "2", "three", indent=4))
    changed = changes_since("main", repository).files["n.ipynb"]
    assert changed.cells == {0, 2}
    assert changed.touches(Place("n.ipynb", 1, cell=2))
    assert not changed.touches(Place("n.ipynb", 1, cell=1))


def test_a_change_at_any_link_of_a_finding_touches_it(repository: Path) -> None:
    edit(repository / "a.py", "line5\n", "x\n")
    changes = changes_since("main", repository)

    def finding(place: int, call: int, step: int) -> Finding:
        at = [Place("a.py", line) for line in (place, call, step)]
        chain = (Step(at[2], ""), Step(Place("other.py", 5), ""))
        return Finding("CL101", "x", Severity.ERROR, Confidence.HIGH, "", at[0], at[1], chain)

    assert changes.touch(finding(5, 1, 2))
    assert changes.touch(finding(1, 5, 2))
    assert changes.touch(finding(1, 2, 5))
    assert not changes.touch(finding(1, 2, 3))


def test_a_reference_that_is_not_known_is_an_error_that_says_what_to_do(repository: Path) -> None:
    for ref in ("nowhere", "--output=x", ""):
        with pytest.raises(LintError, match=r"no such commit or branch.*git fetch"):
            changes_since(ref, repository)


def test_a_directory_outside_any_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LintError, match="--diff-base needs a git repository"):
        changes_since("main", tmp_path)


def test_branches_without_common_history_are_an_error(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "alone")
    edit(repository / "a.py", "line1\n", "x\n")
    commit(repository)
    with pytest.raises(LintError, match="no history in common"):
        changes_since("main", repository)
