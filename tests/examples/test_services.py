"""The example of two services: one trace and one feature over both, and nothing of it to Claude."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson

from otel_claude import attributes as names
from otel_claude.simulator import Simulator
from otel_claude.store.reader import read
from tests.receivers.ingest import Ingest

EXAMPLE = Path(__file__).parent.parent.parent / "examples/services"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The spans of both services, the headers that Claude received, and a file of the traces."""
    folder = tmp_path_factory.mktemp("services")
    with Simulator() as simulator, Ingest() as backend:
        environment = {
            **os.environ,
            "ANTHROPIC_BASE_URL": simulator.url,
            "ANTHROPIC_API_KEY": "k",
            "OTEL_EXPORTER_OTLP_ENDPOINT": backend.url,
            "OTEL_CLAUDE_STORE": str(folder / "store"),
        }
        run = {"env": environment, "cwd": folder, "text": True}
        answers = subprocess.Popen(
            [sys.executable, EXAMPLE / "answers.py"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **run
        )
        try:
            environment["ANSWERS_URL"] = answers.stdout.readline().strip()
            front = subprocess.run(
                [sys.executable, EXAMPLE / "front.py"], capture_output=True, timeout=60, **run
            )
        finally:
            answers.terminate()
            answers.communicate(timeout=10)
        assert front.returncode == 0, front.stderr
        headers = [dict(call.headers) for call in simulator.ledger]
    lines = folder / "traces.jsonl"
    lines.write_text("".join(MessageToJson(each, indent=None) + "\n" for each in backend.received.traces))
    return list(read([lines])), headers, lines


def calls(spans):
    return [span for span in spans if span.name == names.INFERENCE_SPAN]


def test_each_question_is_one_trace_and_one_task_over_both_services(ran):
    spans, _, _ = ran
    by_trace = {}
    for span in calls(spans):
        by_trace.setdefault(span.trace_id, []).append(span.attributes)
    assert [len(found) for found in by_trace.values()] == [2, 2]
    for here, there in by_trace.values():
        assert {here[names.REQUEST_MODEL], there[names.REQUEST_MODEL]} == {
            "claude-haiku-5-5",
            "claude-sonnet-5-5",
        }
        for name, value in ((names.FEATURE, "search"), ("otel_claude.tag.tenant", "acme")):
            assert here[name] == there[name] == value
        assert here[names.TASK_ID] == there[names.TASK_ID]
        assert "session" not in json.dumps(sorted(set(here) & set(there)))


def test_claude_receives_nothing_of_it(ran):
    _, headers, _ = ran
    assert len(headers) == 4
    sent = json.dumps(headers)
    for word in ("baggage", "search", "acme", "answer_question", "otel_claude", "not-named"):
        assert word not in sent


def test_a_report_over_both_has_the_cost_of_a_question(ran):
    spans, _, lines = ran
    command = [sys.executable, "-m", "otel_claude", "report", str(lines), "--by", "task", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (row,) = json.loads(done.stdout)["rows"]
    assert row["key"] == {"task": "answer_question"}
    assert (row["calls"], row["tasks"]["count"], row["tasks"]["completion"]) == (4, 2, 1)
    usd = sum(span.attributes[names.COST_AMOUNT] for span in calls(spans))
    assert row["tasks"]["cost_per_passed_usd"] == pytest.approx(usd / 2)
