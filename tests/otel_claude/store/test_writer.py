import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from otel_claude.store.reader import ReadReport, read
from otel_claude.store.writer import LineExporter, WriteThroughProcessor


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch):
    for name in ("", "_MAX_MB", "_MAX_DAYS"):
        monkeypatch.delenv(f"OTEL_CLAUDE_STORE{name}", raising=False)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def tracer(exporter, **options):
    provider = TracerProvider(shutdown_on_exit=False, **options)
    provider.add_span_processor(WriteThroughProcessor(exporter))
    return provider.get_tracer("com.anthropic.sdk.python", "2.11")


def ended(text="x"):
    one = TracerProvider(shutdown_on_exit=False).get_tracer("t").start_span("s", attributes={"text": text})
    one.end()
    return one


def lines(folder):
    return [line for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]


def texts(folder):
    report = ReadReport()
    found = [one.attributes["text"] for one in read([folder], report=report)]
    assert report.skipped == 0, report
    return found


def run(program, *arguments, **options):
    """Runs `program` in a process of its own, with `span(text)` to write one span to the store."""
    head = """
import os, signal, sys, threading
from pathlib import Path
from opentelemetry.sdk.trace import TracerProvider
from otel_claude.store.writer import LineExporter, WriteThroughProcessor
exporter = LineExporter(Path(sys.argv[1]))
provider = TracerProvider()
provider.add_span_processor(WriteThroughProcessor(exporter))
tracer = provider.get_tracer("com.anthropic.sdk.python")
def span(text):
    tracer.start_span("anthropic.messages.create", attributes={"text": text}).end()
"""
    return subprocess.Popen(
        [sys.executable, "-c", head + program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_span_is_in_the_file_of_the_day_when_it_has_ended(folder):
    tracer(LineExporter(folder)).start_span("a", attributes={"text": "é\n\ud800"}).end()
    (path,) = folder.iterdir()
    assert path.name == f"traces-{datetime.now(timezone.utc):%Y-%m-%d}.jsonl"
    assert texts(folder) == ["é\n\ud800"]


def test_a_line_is_one_request_body_for_otlp_over_http(folder):
    LineExporter(folder).export([ended("a"), ended("b")])
    (line,) = lines(folder)
    (of_resource,) = json.loads(line)["resourceSpans"][:1]
    assert set(of_resource) >= {"resource", "scopeSpans"}
    assert sorted(texts(folder)) == ["a", "b"]


def test_files_are_for_their_owner_only(folder):
    old = os.umask(0)
    try:
        LineExporter(folder).export([ended()])
    finally:
        os.umask(old)
    (path,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_off_writes_nothing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OTEL_CLAUDE_STORE", "off")
    exporter = LineExporter()
    exporter.export([ended()])
    assert exporter.dropped == 0
    assert list(tmp_path.iterdir()) == []


def test_an_unsampled_span_is_not_written(folder):
    tracer(LineExporter(folder), sampler=ALWAYS_OFF).start_span("a").end()
    assert not folder.exists()


def test_nothing_is_made_before_the_first_span(folder):
    LineExporter(folder)
    assert not folder.exists()


def test_each_day_has_its_file(folder, monkeypatch):
    exporter = LineExporter(folder)
    for now in (1_795_219_199, 1_795_219_200):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        exporter.export([ended()])
    assert sorted(path.name for path in folder.iterdir()) == [
        "traces-2026-11-20.jsonl",
        "traces-2026-11-21.jsonl",
    ]


def test_the_store_stays_within_its_cap_and_keeps_the_newest_and_says_so_once(folder, caplog):
    exporter = LineExporter(folder, max_mb=0.04)
    for number in range(200):
        exporter.export([ended(str(number))])
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 40_000 + 1_000
    kept = [int(text) for text in texts(folder)]
    assert sorted(kept) == list(range(200 - len(kept), 200))
    assert len(kept) > 30
    assert [record.message for record in caplog.records if "removed" in record.message] == [
        f"otel-claude: removed the oldest of the traces in {folder}: 0.04 MB and 14 days are kept"
    ]


def test_the_cap_can_be_set_in_the_environment(folder, monkeypatch):
    monkeypatch.setenv("OTEL_CLAUDE_STORE_MAX_MB", "0.01")
    monkeypatch.setenv("OTEL_CLAUDE_STORE_MAX_DAYS", "2")
    folder.mkdir()
    (folder / "traces-2020-01-01.jsonl").write_text("{}\n")
    exporter = LineExporter(folder)
    for _ in range(50):
        exporter.export([ended()])
    assert sum(path.stat().st_size for path in folder.iterdir()) < 11_000
    assert not (folder / "traces-2020-01-01.jsonl").exists()


@pytest.mark.parametrize("value", ["lots", "-1", "0", "nan", "inf"])
def test_a_cap_that_is_no_number_is_named_and_the_default_used(folder, monkeypatch, caplog, value):
    monkeypatch.setenv("OTEL_CLAUDE_STORE_MAX_MB", value)
    LineExporter(folder).export([ended()])
    assert "OTEL_CLAUDE_STORE_MAX_MB" in caplog.text
    assert texts(folder) == ["x"]


def test_a_directory_that_cannot_be_made_drops_spans_counts_them_and_says_so_once(tmp_path, caplog):
    (tmp_path / "file").touch()
    exporter = LineExporter(tmp_path / "file" / "store")
    for _ in range(3):
        exporter.export([ended()])
    exporter.shutdown()
    assert exporter.dropped == 3
    failed, dropped = (record.message for record in caplog.records)
    assert failed.startswith(f"otel-claude: cannot write to {tmp_path}/file/store: Not a directory. ")
    assert "OTEL_CLAUDE_STORE names another place" in failed
    assert dropped == f"otel-claude: 3 spans were not written to {tmp_path}/file/store"


def test_writing_goes_on_when_the_directory_was_removed_or_replaced(folder, tmp_path):
    exporter = LineExporter(folder)
    exporter.export([ended("lost")])
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    exporter.export([ended("kept")])
    assert texts(folder) == ["kept"]
    assert exporter.dropped == 0


def test_writing_goes_on_after_an_obstacle_is_gone(tmp_path):
    obstacle = tmp_path / "store"
    obstacle.touch()
    exporter = LineExporter(obstacle)
    exporter.export([ended("lost")])
    obstacle.unlink()
    exporter.export([ended("kept")])
    assert texts(obstacle) == ["kept"]
    assert exporter.dropped == 1


def test_a_descriptor_that_the_program_closed_and_reused_is_not_written_to(folder, tmp_path):
    exporter = LineExporter(folder)
    exporter.export([ended("a")])
    descriptor = exporter._file._descriptor
    os.close(descriptor)
    theirs = os.open(tmp_path / "theirs", os.O_CREAT | os.O_RDWR)
    assert theirs == descriptor, "the test needs the number to be reused"
    exporter.export([ended("b")])
    os.write(theirs, b"still open")
    assert (tmp_path / "theirs").read_bytes() == b"still open"
    assert texts(folder) == ["a", "b"]
    os.close(theirs)


def test_a_tail_that_another_process_left_torn_does_not_spoil_the_next_line(folder):
    LineExporter(folder).export([ended("a")])
    (path,) = folder.iterdir()
    with path.open("a") as file:
        file.write('{"resourceSpans":[{"torn')
    LineExporter(folder).export([ended("b")])
    report = ReadReport()
    assert [one.attributes["text"] for one in read([folder], report=report)] == ["a", "b"]
    assert report.skipped == 1


def test_a_short_write_is_completed(folder, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:100]))
    exporter = LineExporter(folder)
    exporter.export([ended("a")])
    exporter.export([ended("b")])
    assert texts(folder) == ["a", "b"]


def test_a_span_that_cannot_be_encoded_is_dropped_and_no_error_of_the_program(folder, caplog):
    exporter = LineExporter(folder)
    exporter.export([None])
    exporter.export([ended("b")])
    assert texts(folder) == ["b"]
    assert exporter.dropped == 1
    assert "cannot write a span" in caplog.text


def test_an_exporter_that_raises_does_not_reach_the_program(caplog):
    class Broken(LineExporter):
        def export(self, spans):
            raise RuntimeError("broken")

    with caplog.at_level(logging.ERROR):
        tracer(Broken()).start_span("a").end()
    assert "cannot export a span" in caplog.text


def test_threads_write_whole_lines(folder):
    exporter = LineExporter(folder, max_mb=1)

    def work(name):
        for number in range(50):
            exporter.export([ended(f"{name}-{number}" + "x" * 2000)])

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(texts(folder))) == 200


def test_four_processes_write_whole_lines_to_one_file(folder):
    program = "for number in range(100): span(f'{sys.argv[2]}-{number}-' + 'x' * 9000)"
    writers = [run(program, folder, name) for name in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert len(set(texts(folder))) == 400
    assert len(list(folder.iterdir())) == 1


def test_forked_children_write_while_threads_of_the_parent_do(folder):
    program = """
stop = threading.Event()
def busy():
    while not stop.is_set(): span("parent")
thread = threading.Thread(target=busy)
thread.start()
children = []
for number in range(8):
    child = os.fork()
    if child == 0:
        span(f"child {number}")
        os._exit(0)
    children.append(child)
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
stop.set()
thread.join()
"""
    writer = run(program, folder)
    assert writer.wait(timeout=20) == 0, writer.stderr.read()
    found = texts(folder)
    assert {f"child {number}" for number in range(8)} <= set(found)


def test_what_ended_before_os_exit_is_kept(folder):
    assert run("span('a'); span('b'); os._exit(3)", folder).wait() == 3
    assert texts(folder) == ["a", "b"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_ended_before_a_deadly_signal_is_kept(folder, number):
    writer = run("span('a'); print('ready', flush=True); signal.pause()", folder)
    assert writer.stdout.readline() == "ready\n"
    writer.send_signal(number)
    assert writer.wait() == -number
    assert texts(folder) == ["a"]


def test_a_disk_that_fills_up_costs_the_spans_only_and_is_said_once(folder):
    program = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for number in range(50): span(f"{number}-" + "x" * 1000)
print(exporter.dropped)
"""
    writer = run(program, folder)
    out, err = writer.communicate()
    assert writer.returncode == 0
    assert err.count("File too large") == 1
    report = ReadReport()
    written = list(read([folder], report=report))
    assert len(written) + int(out) == 50
    assert len(written) > 5
    assert report.skipped == 1


def test_lines_after_a_full_disk_are_whole_again(folder):
    program = """
import resource
soft = 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
for number in range(50): span("before" + "x" * 1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for number in range(5): span("after")
"""
    assert run(program, folder).wait() == 0
    report = ReadReport()
    found = [one.attributes["text"] for one in read([folder], report=report)]
    assert found.count("after") == 5
    assert report.skipped == 1


def test_importing_the_writer_does_not_import_the_encoder():
    program = "import sys, otel_claude.store.writer; print('opentelemetry.proto_json' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
