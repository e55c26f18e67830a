"""The hooks, run by the real pre-commit on real repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.environments import ROOT

PRE_COMMIT = str(Path(sys.executable).with_name("pre-commit"))

BAD = """\
import anthropic

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(model="claude-haiku-5-5", messages=[question])
"""
GOOD = BAD.replace("messages=", "max_tokens=100, messages=")
MENDABLE = """\
import anthropic

client = anthropic.Anthropic()


def answer(question):
    return client.beta.messages.create(
        model="claude-haiku-5-5",
        max_tokens=100,
        betas=["prompt-caching-2024-07-31", "context-1m-2025-08-07"],  # for the long ones
        messages=[question],
    )
"""
MENDED = MENDABLE.replace('"prompt-caching-2024-07-31", ', "")


def git(folder, *arguments):
    identity = ("-c", "user.name=Anyone", "-c", "user.email=anyone@example.com", "-c", "commit.gpgsign=false")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def hook_repository(tmp_path_factory):
    """This repository as it is in the working tree, committed."""
    folder = tmp_path_factory.mktemp("hook")
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and os.path.lexists(ROOT / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    git(folder, "init")
    git(folder, "add", "--all")
    git(folder, "commit", "--message=all")
    return folder


@pytest.fixture
def project(tmp_path):
    """A user's repository: a file with a finding, one without, a notebook with one, and files of other kinds."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": BAD}
    texts = {
        "bad.py": BAD,
        "good.py": GOOD,
        "bad.ipynb": json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        "bad.txt": BAD,
        "bad.pyi": BAD,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    return tmp_path


def pre_commit(*arguments, cwd):
    # Under git, as in a hook, GIT_DIR and the like would name the wrong repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        [PRE_COMMIT, *arguments, "--color=never"],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def try_repo(hook_repository, project, *files):
    return pre_commit(
        "try-repo", str(hook_repository), "otel-claude", "--verbose", "--files", *files, cwd=project
    )


@pytest.mark.matrix
def test_bad_files_fail_and_only_python_and_notebooks_are_read(hook_repository, project):
    done = try_repo(hook_repository, project, *sorted(file.name for file in project.glob("*.*")))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Failed" in done.stdout
    assert "bad.py:7:12 CL201 missing-max-tokens" in done.stdout
    assert "bad.ipynb" in done.stdout
    assert "3 call sites" in done.stdout
    assert not {"good.py:", "bad.txt", "bad.pyi"} & set(done.stdout.replace(":", ": ").split())


@pytest.mark.matrix
def test_a_good_file_passes(hook_repository, project):
    done = try_repo(hook_repository, project, "good.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    assert "1 call site" in done.stdout


@pytest.fixture
def fixing(hook_repository, project, tmp_path_factory):
    """The user's repository with `otel-claude-fix` as its hook, and a function that commits all that is there."""
    revision = git(hook_repository, "rev-parse", "HEAD").strip()
    repo = {"repo": str(hook_repository), "rev": revision, "hooks": [{"id": "otel-claude-fix"}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [repo]}))
    for file in project.glob("bad.*"):
        file.unlink()
    git(project, "add", "--all")
    git(project, "commit", "--message=before the hook")
    done = pre_commit("install", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    home = tmp_path_factory.getbasetemp() / "pre-commit"

    def commit():
        git(project, "add", "--all")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        identity = [
            "-c",
            "user.name=Anyone",
            "-c",
            "user.email=anyone@example.com",
            "-c",
            "commit.gpgsign=false",
        ]
        return subprocess.run(
            ["git", *identity, "commit", "--message=change"],
            cwd=project,
            env={**environment, "PRE_COMMIT_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )

    return project, commit


@pytest.mark.matrix
def test_a_commit_is_stopped_while_its_files_are_mended_and_the_next_one_passes(fixing):
    project, commit = fixing
    (project / "answers.py").write_text(MENDABLE)
    before = git(project, "rev-parse", "HEAD")
    stopped = commit()
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "files were modified by this hook" in stopped.stderr
    assert (project / "answers.py").read_text() == MENDED
    assert git(project, "rev-parse", "HEAD") == before
    passed = commit()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stderr
    assert git(project, "show", "HEAD:answers.py") == MENDED
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.matrix
def test_what_cannot_be_mended_still_stops_the_commit_and_is_said(fixing):
    project, commit = fixing
    (project / "answers.py").write_text(MENDABLE.replace("        max_tokens=100,\n", ""))
    for _ in range(2):
        stopped = commit()
        assert stopped.returncode == 1
        assert "answers.py:7:12 CL201 missing-max-tokens" in stopped.stderr
    assert "prompt-caching" not in (project / "answers.py").read_text()


def test_the_manifest_is_valid_and_both_names_of_it_are_one_file():
    manifest = ROOT / ".pre-commit-hooks.yaml"
    done = pre_commit("validate-manifest", str(manifest), cwd=ROOT)
    assert done.returncode == 0, done.stdout
    link = ROOT / "pre-commit-hooks.yaml"
    assert link.is_symlink()
    assert link.resolve() == manifest


def test_one_hook_checks_and_changes_nothing_and_the_other_mends():
    check, fix = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (check["id"], check["entry"]) == ("otel-claude", "otel-claude lint --force-exclude")
    assert (fix["id"], fix["entry"]) == ("otel-claude-fix", "otel-claude lint --force-exclude --fix")
    for hook in (check, fix):
        assert hook["types_or"] == ["python", "jupyter"]
        assert hook["require_serial"] is True
