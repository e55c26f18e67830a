import os
import subprocess
import sys
from pathlib import Path

import pytest

from otel_claude import store


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("OTEL_CLAUDE_STORE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def project(monkeypatch, tmp_path):
    root = tmp_path / "project"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    monkeypatch.chdir(root / "src" / "deep")
    return root


@pytest.mark.parametrize("marker", ["pyproject.toml", "setup.py", "setup.cfg", ".git"])
def test_project_root_is_the_nearest_ancestor_with_a_marker(tmp_path, marker):
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / marker).touch()
    (tmp_path / "pyproject.toml").touch()
    assert store.project_root(tmp_path / "a" / "b" / "c") == tmp_path / "a"


def test_default_directory_is_in_the_project(project):
    assert store.default_directory() == project / ".otel-claude" / "traces"
    assert not (project / ".otel-claude").exists(), "asking makes nothing"


def test_default_directory_outside_a_project_is_in_the_state_directory_and_differs_by_directory(
    monkeypatch, tmp_path
):
    found = set()
    for name in ("a/same", "b/same"):
        (tmp_path / name).mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        monkeypatch.setattr("otel_claude.store.location.ROOT_MARKERS", ("no such marker",))
        found.add(store.default_directory())
    assert len(found) == 2
    assert {path.parent for path in found} == {tmp_path / "state" / "otel-claude"}
    assert all(path.name.startswith("same-") for path in found)


def test_default_directory_is_in_the_state_directory_where_the_project_cannot_be_written(
    monkeypatch, project, tmp_path
):
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != project and access(path, mode))
    assert store.default_directory().is_relative_to(tmp_path / "state")


def test_default_directory_is_in_the_state_directory_where_a_file_stands_in_its_place(project, tmp_path):
    (project / ".otel-claude").touch()
    assert store.default_directory().is_relative_to(tmp_path / "state")


def test_variable_names_the_directory_and_is_relative_to_the_current_one(monkeypatch, project):
    monkeypatch.setenv("OTEL_CLAUDE_STORE", "mine")
    assert store.default_directory() == project / "src" / "deep" / "mine"


def test_variable_expands_the_home_directory(monkeypatch, project, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OTEL_CLAUDE_STORE", "~/mine")
    assert store.default_directory() == tmp_path / "mine"


def test_off_means_no_directory_but_what_was_written_before_is_still_found(monkeypatch, project):
    traces = project / ".otel-claude" / "traces"
    traces.mkdir(parents=True)
    monkeypatch.setenv("OTEL_CLAUDE_STORE", "off")
    assert store.default_directory() is None
    assert store.existing_directories() == (traces,)


def test_existing_directories_are_the_project_and_the_state_directory(project):
    for folder in store.location._candidates(None):
        store.prepare(folder)
    assert len(store.existing_directories()) == 2


def test_a_removed_current_directory_is_no_error(monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert store.project_root() is None
    assert store.default_directory().is_absolute()


def test_prepare_keeps_the_project_folder_private_and_out_of_version_control(project):
    store.prepare(project / ".otel-claude" / "traces")
    assert (project / ".otel-claude" / ".gitignore").read_text() == "*\n"
    assert (project / ".otel-claude" / "traces").stat().st_mode & 0o777 == 0o700


def test_prepare_leaves_a_gitignore_that_the_user_changed(project):
    store.prepare(project / ".otel-claude" / "traces")
    (project / ".otel-claude" / ".gitignore").write_text("mine\n")
    (project / ".otel-claude" / "traces").rmdir()
    store.prepare(project / ".otel-claude" / "traces")
    assert (project / ".otel-claude" / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    "module", ["otel_claude.store", "otel_claude.store.reader", "otel_claude.cli.report"]
)
def test_finding_and_reading_a_store_imports_no_opentelemetry(module):
    program = (
        f"import sys, {module}; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
