"""A report on many spans: the sums are those of a few, as often, and the memory does not go with the file."""

import json
import subprocess
import sys

import pytest

from benchmarks import report_scale

ROUNDS = 60


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
