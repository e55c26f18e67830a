"""The key of the digests: one for all processes of a project, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from otel_claude.cache import key
from otel_claude.simulator import Simulator

MANY = """
import sys
from pathlib import Path
from otel_claude.cache.key import project_key
sys.stdin.readline()
print(project_key(Path(sys.argv[1])).hex())
"""


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv(key.VARIABLE, raising=False)
    return tmp_path / "traces"


def test_processes_that_start_at_once_have_the_same_key(store):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MANY, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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
    made = key.project_key(store)
    assert (store / key.FILE).stat().st_mode & 0o777 == 0o600
    assert key.project_key(store) == made


def test_the_key_that_the_environment_names_makes_no_file(store, monkeypatch):
    monkeypatch.setenv(key.VARIABLE, "of the fleet")
    assert key.project_key(store) == key.project_key(store)
    assert len(key.project_key(store)) == key.SIZE
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
    assert len({key.project_key(store) for _ in range(3)}) == 3


def test_without_a_directory_the_process_has_a_key_of_its_own(monkeypatch):
    monkeypatch.delenv(key.VARIABLE, raising=False)
    assert key.project_key(None) != key.project_key(None)


def test_where_nothing_can_be_written_the_process_has_a_key_of_its_own(store, tmp_path):
    (tmp_path / "traces").write_text("a file where the directory would be")
    assert key.project_key(store) != key.project_key(store)


@pytest.mark.parametrize(("mode", "warns"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_key_that_others_can_read_is_used_and_said_so(store, caplog, mode, warns):
    made = key.project_key(store)
    (store / key.FILE).chmod(mode)
    with caplog.at_level("WARNING", "otel_claude"):
        assert key.project_key(store) == made
    assert ("chmod 600" in caplog.text) is warns


WRITES = """
import anthropic, os, sys, otel_claude
if sys.argv[1] == "provider":
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    trace.set_tracer_provider(TracerProvider())
otel_claude.instrument(summary=False)
system = [{"type": "text", "text": "word " * 3000, "cache_control": {"type": "ephemeral"}}]
client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIMULATOR"], max_retries=0)
message = [{"role": "user", "content": "hello"}]
client.messages.create(model="claude-haiku-5-5", max_tokens=9, system=system, messages=message)
"""


@pytest.mark.parametrize(
    ("goes", "variables", "place"),
    [
        ("store", {}, ".otel-claude/traces/cache-key"),
        ("provider", {}, "state/otel-claude/*/cache-key"),
        ("endpoint", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "state/otel-claude/*/cache-key"),
        ("provider", {"OTEL_CLAUDE_STORE": "here"}, "here/cache-key"),
        ("nowhere", {"OTEL_TRACES_EXPORTER": "none"}, None),
        ("provider", {"OTEL_CLAUDE_STORE": "off"}, None),
    ],
)
def test_the_key_is_beside_the_local_store_and_else_not_in_the_project(tmp_path, goes, variables, place):
    (tmp_path / "pyproject.toml").touch()
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "ANTHROPIC_"))
    }
    with Simulator() as simulator:
        environment = {
            **inherited,
            "SIMULATOR": simulator.url,
            "XDG_STATE_HOME": str(tmp_path / "state"),
            **variables,
        }
        subprocess.run([sys.executable, "-c", WRITES, goes], cwd=tmp_path, env=environment, check=True)
    keys = list(tmp_path.rglob("cache-key"))
    assert keys == ([] if place is None else list(tmp_path.glob(place)))
    assert len(keys) == (place is not None)
    assert (tmp_path / ".otel-claude").exists() == (goes == "store")
