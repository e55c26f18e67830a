"""The key of the digests: one for all processes of a project, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from otel_claude.cache import key
from otel_claude.store import location

MANY = """
import sys
from otel_claude.cache.key import project_key
sys.stdin.readline()
print(project_key().hex())
"""


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv(location.VARIABLE, str(tmp_path / "traces"))
    monkeypatch.delenv(key.VARIABLE, raising=False)
    return tmp_path / "traces"


def test_processes_that_start_at_once_have_the_same_key(store):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MANY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    keys = {process.communicate()[0].strip() for process in processes}
    assert len(keys) == 1
    assert len(keys.pop()) == 2 * key.SIZE
    assert [path.name for path in store.iterdir()] == [key.FILE]


def test_the_key_is_its_owners_alone_and_stays(store):
    made = key.project_key()
    assert (store / key.FILE).stat().st_mode & 0o777 == 0o600
    assert key.project_key() == made


def test_the_key_that_the_environment_names_makes_no_file(store, monkeypatch):
    monkeypatch.setenv(key.VARIABLE, "of the fleet")
    assert key.project_key() == key.project_key()
    assert len(key.project_key()) == key.SIZE
    assert not store.exists()


@pytest.mark.parametrize("broken", ["short", "link", "pipe", "directory"])
def test_where_the_file_is_not_a_key_the_process_has_one_of_its_own(store, tmp_path, broken):
    store.mkdir()
    path = store / key.FILE
    if broken == "short":
        path.write_bytes(b"short")
    elif broken == "link":
        (tmp_path / "elsewhere").write_bytes(b"k" * key.SIZE)
        path.symlink_to(tmp_path / "elsewhere")
    elif broken == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert len({key.project_key() for _ in range(3)}) == 3


def test_without_a_store_the_process_has_a_key_of_its_own(monkeypatch):
    monkeypatch.setenv(location.VARIABLE, "off")
    monkeypatch.delenv(key.VARIABLE, raising=False)
    assert key.project_key() != key.project_key()


def test_where_nothing_can_be_written_the_process_has_a_key_of_its_own(store, tmp_path):
    (tmp_path / "traces").write_text("a file where the directory would be")
    assert key.project_key() != key.project_key()
