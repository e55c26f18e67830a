"""What of the calls of several processes arrives, by how the children start, how they end, and where spans go."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from otel_claude.simulator import Simulator
from otel_claude.store import reader
from tests.receivers.ingest import Ingest

PROGRAM = Path(__file__).with_name("processes.py")
ALL = {"parent": 3, "child 0": 3, "child 1": 3}


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as simulator:
        yield simulator


def run(simulator, started, left, **variables):
    """Runs the program, and returns what it said on stderr. Each way to start and to end is over in seconds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), started, left],
        env={**kept, "SIM": simulator.url, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def in_the_store(directory):
    return Counter(span.attributes["otel_claude.feature"] for span in reader.read([directory]))


@pytest.mark.parametrize(
    ("started", "left"),
    [
        *[("os.fork", left) for left in ("returns", "raises", "killed", "killed by a signal")],
        *[("fork", left) for left in ("returns", "killed")],
        *[("forkserver", "killed"), ("spawn", "killed")],
    ],
)
def test_the_store_has_every_call_of_every_process(simulator, tmp_path, started, left):
    run(simulator, started, left, OTEL_CLAUDE_STORE=str(tmp_path))
    assert in_the_store(tmp_path) == ALL


def test_the_store_has_every_call_when_a_fork_comes_in_the_middle_of_others(simulator, tmp_path):
    run(simulator, "os.fork beside threads", "returns", OTEL_CLAUDE_STORE=str(tmp_path))
    assert in_the_store(tmp_path) == {**ALL, "parent": 15}


@pytest.mark.parametrize("started", ["os.fork", "fork", "spawn"])
def test_the_line_at_exit_is_printed_once_and_counts_the_calls_of_the_parent(simulator, tmp_path, started):
    said = run(simulator, started, "returns", OTEL_CLAUDE_STORE=str(tmp_path))
    assert [line for line in said.splitlines() if line.startswith("otel-claude:")] == [
        "otel-claude: 3 Claude calls, $0.0003, 0% of input read from cache · otel-claude report"
    ]


def exported(simulator, started, left):
    with Ingest() as ingest:
        run(simulator, started, left, OTEL_EXPORTER_OTLP_ENDPOINT=ingest.url)
        return Counter(span.attributes["otel_claude.feature"] for span in ingest.received.calls())


@pytest.mark.parametrize(
    ("started", "left"), [("os.fork", "returns"), ("os.fork", "raises"), ("spawn", "returns")]
)
def test_an_endpoint_has_every_call_of_processes_that_exit(simulator, started, left):
    assert exported(simulator, started, left) == ALL


@pytest.mark.parametrize("started", ["os.fork", "fork"])
def test_an_endpoint_has_every_call_of_the_parent_though_children_are_killed(simulator, started):
    assert exported(simulator, started, "killed") == {"parent": 3}


@pytest.mark.parametrize(
    ("started", "left"),
    [
        *[("fork", left) for left in ("returns", "raises", "calls in a finalizer")],
        *[(started, "returns") for started in ("fork, imported early", "fork, by a child", "forkserver")],
    ],
)
def test_an_endpoint_has_every_call_of_children_that_multiprocessing_ends(simulator, started, left):
    # Such a child ends without the functions that are registered to run at exit.
    assert exported(simulator, started, left) == ALL


def test_an_endpoint_has_every_call_of_the_workers_of_a_pool_that_is_closed(simulator):
    assert exported(simulator, "pool", "returns") == ALL


@pytest.mark.parametrize("started", ["fork", "forkserver"])
def test_an_endpoint_has_every_call_of_a_child_that_uninstruments_at_its_end(simulator, started):
    assert exported(simulator, started, "uninstruments") == ALL


FIRST_USE = """
import os, signal, sys, threading, time
import anthropic
from otel_claude import instrument

class Slowly:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            importing.set()
            time.sleep(0.5)

importing = threading.Event()
sys.meta_path.insert(0, Slowly())
instrument(summary=False)
client = anthropic.Anthropic(api_key="x", max_retries=0, timeout=20)

def call():
    client.messages.create(
        model=sys.argv[2],
        max_tokens=5,
        system=[{"type": "text", "text": "s" * 9000, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": "hi"}],
    )

thread = threading.Thread(target=call)
thread.start()
importing.wait(20)
child = os.fork()
if child == 0:
    signal.alarm(20)
    call()
    os._exit(0)
thread.join()
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize(
    ("module", "model"),
    [
        ("otel_claude.cache.audit", "claude-haiku-4-5"),
        ("otel_claude.cache.key", "claude-haiku-4-5"),
        ("genai_prices", "claude-next-9"),
    ],
)
def test_a_child_of_a_process_that_was_importing_for_another_thread_can_call(
    simulator, tmp_path, module, model
):
    done = subprocess.run(
        [sys.executable, "-c", FIRST_USE, module, model],
        cwd=tmp_path,
        env={**os.environ, "ANTHROPIC_BASE_URL": simulator.url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
