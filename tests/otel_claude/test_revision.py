from __future__ import annotations

import subprocess

import pytest

from otel_claude.revision import head_revision


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


def test_the_revision_of_a_branch_is_what_git_says(repository):
    assert head_revision(repository) == git(repository, "rev-parse", "HEAD")


def test_a_detached_head_is_its_own_revision(repository):
    git(repository, "checkout", "-q", "--detach")
    assert head_revision(repository) == git(repository, "rev-parse", "HEAD")


def test_packed_refs_are_read(repository):
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git/refs/heads/main").exists()
    assert head_revision(repository) == git(repository, "rev-parse", "HEAD")


def test_a_worktree_has_its_own_head(repository, tmp_path):
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "worktree"))
    git(tmp_path / "worktree", "commit", "-q", "--allow-empty", "-m", "second")
    assert head_revision(tmp_path / "worktree") == git(tmp_path / "worktree", "rev-parse", "HEAD")
    assert head_revision(tmp_path / "worktree") != head_revision(repository)


def test_there_is_none_without_a_commit_or_a_repository(tmp_path):
    assert head_revision(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert head_revision(tmp_path) is None


def test_a_head_that_is_no_text_of_git_is_none(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_bytes(b"\xff\xfe")
    assert head_revision(tmp_path) is None
    (tmp_path / ".git/HEAD").write_text("ref: ../../etc/passwd")
    assert head_revision(tmp_path) is None
