"""Which files are found below a directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from claude_lint.errors import LintError
from claude_lint.reading.discover import discover
from claude_lint.reading.patterns import Exclusion, Patterns


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def put(root: Path, *names: str) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")


def found(root: Path, *paths: str, exclude: Patterns | None = None, force: bool = False) -> list[str]:
    exclusion = None if exclude is None else Exclusion(exclude)
    return list(discover([Path(path) for path in paths or (".",)], root, exclusion, force=force).files)


def test_python_files_and_notebooks_are_found_and_others_not(root: Path) -> None:
    put(root, "b.py", "a/c.ipynb", "a/d.txt", "a/e.pyc", ".github/f.py")
    assert found(root) == [".github/f.py", "a/c.ipynb", "b.py"]


def test_directories_that_hold_no_code_of_the_project_are_skipped(root: Path) -> None:
    put(
        root,
        "build/a.py",
        "x/node_modules/a.py",
        ".venv/a.py",
        "env/pyvenv.cfg",
        "env/lib/a.py",
        "buildings/a.py",
    )
    assert found(root) == ["buildings/a.py"]


def test_gitignore_files_are_honoured_and_the_deeper_decides(root: Path) -> None:
    put(root, "gen/a.py", "src/x_pb2.py", "src/keep_pb2.py", "src/a.py", "top.py", "src/top.py")
    (root / ".gitignore").write_text("gen/\n*_pb2.py\n/top.py\n")
    (root / "src/.gitignore").write_text("!keep_pb2.py\n")
    assert found(root) == ["src/a.py", "src/keep_pb2.py", "src/top.py"]


def test_gitignore_files_above_the_root_count_up_to_the_top_of_the_repository(root: Path) -> None:
    put(root, "repo/.git/info/exclude", "repo/sub/a.py", "repo/sub/b.py", "repo/sub/c.py", "repo/sub/d.py")
    (root / ".gitignore").write_text("d.py\n")
    (root / "repo/.gitignore").write_text("/sub/a.py\n")
    (root / "repo/.git/info/exclude").write_text("c.py\n")
    assert found(root / "repo/sub") == ["b.py", "d.py"]


def test_what_is_named_is_linted_even_when_ignored(root: Path) -> None:
    put(root, "gen/a.py", "gen/b.py", "script")
    (root / ".gitignore").write_text("gen/\n")
    (root / ".git").mkdir()
    assert found(root, "gen/a.py", "script") == ["gen/a.py", "script"]
    assert found(root, "gen") == ["gen/a.py", "gen/b.py"]


def test_excluded_patterns_are_left_out_below_a_directory_only(root: Path) -> None:
    put(root, "tests/a.py", "src/tests/b.py", "src/c.py")
    exclude = Patterns(["/tests/"], root)
    assert found(root, exclude=exclude) == ["src/c.py", "src/tests/b.py"]
    assert found(root, "tests/a.py", exclude=exclude) == ["tests/a.py"]


def test_exclusion_can_be_forced_on_what_is_named(root: Path) -> None:
    put(root, "gen/a.py", "gen/b/c.py", "src/d.py", "build/e.py")
    exclude = Patterns(["gen/", "/src/d.py"], root)
    named = ("gen/a.py", "gen/b", "src/d.py", "build/e.py", "src")
    assert found(root, *named, exclude=exclude) == ["build/e.py", "gen/a.py", "gen/b/c.py", "src/d.py"]
    assert found(root, *named, exclude=exclude, force=True) == []
    assert found(root, "gen/a.py", exclude=Patterns(["gen/", "!gen/a.py"], root), force=True) == ["gen/a.py"]


def test_a_directory_that_cannot_be_listed_is_said(root: Path) -> None:
    """Its name is too long for the system, as a whole."""
    put(root, "a.py")
    deep = root
    for _ in range(3):
        deep = deep / ("d" * 200)
    deep.mkdir(parents=True)
    names = [("e" * 200)] * 20
    here = os.open(deep, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    done = discover([Path()], root)
    assert done.files == ("a.py",)
    ((path, why),) = done.unlisted
    assert path.endswith("e" * 200)
    assert why == "File name too long"


def test_links_are_not_followed_so_loops_end_and_nothing_outside_is_read(root: Path) -> None:
    put(root, "project/a.py", "outside/secret.py")
    (root / "project/loop").symlink_to(root / "project")
    (root / "project/out").symlink_to(root / "outside")
    (root / "project/b.py").symlink_to(root / "outside/secret.py")
    assert found(root / "project") == ["a.py"]


def test_a_named_link_that_leads_outside_is_refused(root: Path) -> None:
    put(root, "project/a.py", "outside/secret.py")
    (root / "project/b.py").symlink_to(root / "outside/secret.py")
    with pytest.raises(LintError, match="outside"):
        found(root / "project", "b.py")
    with pytest.raises(LintError, match="outside"):
        found(root / "project", "../outside/secret.py")


@pytest.mark.parametrize("name", ["missing.py", "no/such/dir", "x" * 5000])
def test_a_path_that_does_not_exist_is_an_error_that_names_it(root: Path, name: str) -> None:
    with pytest.raises(LintError, match="no such file or directory") as caught:
        found(root, name)
    assert name in str(caught.value)


def test_a_pipe_is_neither_waited_for_nor_linted(root: Path) -> None:
    os.mkfifo(root / "pipe.py")
    assert found(root) == []
    with pytest.raises(LintError, match="neither a file nor a directory"):
        found(root, "pipe.py")


def test_a_file_found_twice_is_linted_once(root: Path) -> None:
    put(root, "a/b.py")
    assert found(root, "a", "a/b.py", "./a/../a/b.py", str(root)) == ["a/b.py"]
