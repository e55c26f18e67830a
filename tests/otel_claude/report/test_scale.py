"""A report on many spans: the sums are those of a few, as often, and the memory does not go with the file."""

import json
import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from benchmarks import report_scale
from otel_claude.cli import _progress
from otel_claude.report import parts
from otel_claude.report.pricing import Pricing
from otel_claude.store import reader
from otel_claude.store.forms import FIRST, Forms

ROUNDS = 60
TERMINAL = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    return report_scale.demo_lines(tmp_path_factory.mktemp("app"))


def store_of(tmp_path, lines, spans):
    store = tmp_path / f"store-{spans}"
    store.mkdir()
    report_scale.fill(store, lines, spans)
    return store


def test_many_spans_come_to_what_each_of_them_comes_to_in_bounded_memory(tmp_path, lines):
    once = report_scale.measured(store_of(tmp_path, lines, len(lines)))
    many = report_scale.measured(store_of(tmp_path, lines, len(lines) * ROUNDS))
    whole, part = many.report["total"], once.report["total"]
    assert part["calls"] == len(lines) > 100
    assert whole["calls"] == part["calls"] * ROUNDS
    assert whole["cost_usd"] == pytest.approx(part["cost_usd"] * ROUNDS, rel=1e-12)
    assert whole["tokens"] == {kind: count * ROUNDS for kind, count in part["tokens"].items()}
    spans = len(lines) * (ROUNDS - 1)
    assert (many.peak_bytes - once.peak_bytes) / spans < 450


def test_most_of_many_lines_are_read_by_their_forms(tmp_path, lines):
    known, read = Forms(), 0
    store = store_of(tmp_path, lines, 3 * FIRST)
    for path in sorted(store.iterdir()):
        for line in path.read_bytes().splitlines(keepends=True):
            if known.span(line) is None:
                known.learn(line)
            else:
                read += 1
    assert read > 0.8 * 2 * FIRST


def test_torn_and_foreign_lines_among_many_are_counted_and_cost_nothing(tmp_path, lines):
    store = store_of(tmp_path, lines, len(lines))
    whole = report_scale.measured(store).report["total"]
    (newest, *_) = sorted(store.iterdir(), reverse=True)
    with newest.open("ab") as file:
        file.write(b'{"level":"info"}\n' + lines[0][:500] + b"\n")
    done = subprocess.run(
        [sys.executable, "-m", "otel_claude", "report", str(store), "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["total"] == whole
    assert "Skipped 2 lines" in done.stderr


def test_a_terminal_shows_how_far_the_reading_is_and_a_pipe_does_not(tmp_path, lines):
    size = sum(map(len, lines))
    store = store_of(tmp_path, lines, len(lines) * (_progress.LEAST_BYTES // size + 2))
    command = [sys.executable, "-m", "otel_claude", "report", str(store), "--format", "json"]
    piped = subprocess.run(command, capture_output=True, check=True)
    leader, follower = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, env=TERMINAL) as process:
        os.close(follower)
        said = b""
        while chunk := read_all(leader):
            said += chunk
        os.close(leader)
        assert process.stdout is not None
        seen, unseen = (json.loads(text) for text in (process.stdout.read(), piped.stdout))
        del seen["run_rate"], unseen["run_rate"]  # it is of the moment
        assert seen == unseen
    assert b"reading" in said
    assert b"MB" in said
    assert piped.stderr == b""


def read_all(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so that the other end is closed
        return b""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_bar_moves_with_the_parts_of_a_large_store(tmp_path, lines, monkeypatch, is_terminal):
    store = store_of(tmp_path, lines, len(lines))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(parts, "PART_BYTES", sum(map(len, lines)) // 12)
    monkeypatch.setattr(parts, "processors", lambda: 2)
    monkeypatch.setattr(_progress, "LEAST_BYTES", 0)
    monkeypatch.setattr(_progress, "_LEAST_MOVE", 1)
    files, report = reader.sources([store], None), reader.ReadReport()
    question = parts.Question(("feature",), Pricing())
    sums = question.sums()
    leader, follower = pty.openpty() if is_terminal else os.pipe()
    said = bytearray()

    def read_to_the_end():
        while not said.endswith(b"over"):  # its processes may keep it open
            said.extend(read_all(leader))

    reading = threading.Thread(target=read_to_the_end, daemon=True)
    reading.start()
    with os.fdopen(follower, "w") as errors:
        monkeypatch.setattr(sys, "stderr", errors)
        steps = _progress.shown(parts.sum_up(files, question, sums, report), files, report)
        assert sum(1 for _ in steps) >= 12
        errors.write("over")
        errors.flush()
        reading.join(60)
    os.close(leader)
    if is_terminal:
        assert b"reading" in said
        assert re.search(rb"m[1-9][\d.]*/[\d.]+ kB", said)
    else:
        assert said == b"over"
    assert sums.table(is_repriced=False).total.calls == len(lines) == report.spans
