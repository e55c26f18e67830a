"""`otel-claude doctor`, run as a user would, in a project and an environment of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.otel_claude.replay.collector import Collector
from tests.receivers.programs import FOREIGN

PROGRAM = Path(sys.executable).with_name("otel-claude")


@pytest.fixture
def doctor(tmp_path):
    """Runs the command in an empty project: its exit status, and each check by its subject."""
    (tmp_path / "pyproject.toml").write_text("")

    def run(*arguments, **variables):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        done = subprocess.run(
            [PROGRAM, "doctor", "--format", "json", *arguments],
            cwd=tmp_path,
            env={**inherited, "HOME": str(tmp_path), **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr == ""
        return done.returncode, {check["subject"]: check for check in json.loads(done.stdout)["checks"]}

    return run


class Jaeger:
    """A stand-in for Jaeger's query API, as of 2.20, which knows `traces`."""

    def __init__(self, traces):
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Query)
        server.traces = traces
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()


class _Query(BaseHTTPRequestHandler):
    def do_GET(self):
        trace = self.path.removeprefix("/api/v3/traces/")
        known = self.server.traces(trace)
        spans = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": trace}]}]}]}
        missing = {"error": {"httpCode": 404, "message": "No traces found"}}
        self.send_response(200 if known else 404)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"result": spans} if known else missing).encode())

    def log_message(self, *args):
        """Says nothing of a request."""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_setup_with_nothing_configured_is_fine_and_says_where_the_spans_are_kept(doctor, tmp_path):
    code, checks = doctor()
    assert code == 0
    assert checks["anthropic SDK"]["state"] == "fine"
    assert checks["spans"]["state"] == "fine"
    assert ".otel-claude/traces" in checks["spans"]["text"]
    assert "test span" not in checks
    assert not list((tmp_path / ".otel-claude" / "traces").glob("*.jsonl"))


def test_a_test_span_is_sent_with_the_headers_and_found_by_the_query_api(doctor):
    with Collector() as collector, Jaeger(lambda trace: trace in seen(collector)) as jaeger:
        code, checks = doctor(
            "--query",
            jaeger.url,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_EXPORTER_OTLP_HEADERS="x-honeycomb-team=k",
        )
    assert code == 0
    (span,) = collector.spans
    assert span["name"] == "otel-claude doctor"
    assert collector.requests[0]["headers"]["x-honeycomb-team"] == "k"
    assert checks["test span"]["state"] == "fine"
    assert checks["search"]["state"] == "fine"
    assert span["traceId"] in checks["search"]["text"]


def seen(collector):
    return {span["traceId"] for span in collector.spans}


def test_without_a_query_api_it_names_the_trace_to_look_for(doctor):
    with Collector() as collector:
        code, checks = doctor(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert code == 0
    assert checks["search"]["state"] == "note"
    assert collector.spans[0]["traceId"] in checks["search"]["text"]


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "OTEL_EXPORTER_OTLP_HEADERS"), (404, "path"), (415, "OTEL_EXPORTER_OTLP_PROTOCOL")],
)
def test_what_an_endpoint_refuses_is_a_problem_with_advice(doctor, status, advice):
    with Collector(*[status] * 9) as collector:
        code, checks = doctor(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert code == 1
    assert checks["test span"]["state"] == "problem"
    assert advice in checks["test span"]["fix"]


def test_an_endpoint_where_nothing_listens_is_a_problem(doctor):
    code, checks = doctor(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert "nothing listens there" in checks["test span"]["fix"]


@pytest.mark.parametrize(
    ("variables", "subject", "state", "fix"),
    [
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317"},
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "warning",
            "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "warning",
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318"},
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "warning",
            "http://127.0.0.1:4318/v1/traces",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "problem",
            "http://collector:4318",
        ),
        ({"OTEL_TRACES_EXPORTER": "none"}, "spans", "warning", "unset"),
        ({"OTEL_CLAUDE_STORE": "off"}, "spans", "problem", "OTEL_CLAUDE_STORE"),
        ({"OTEL_CLAUDE_STORE": "/proc/none"}, "spans", "problem", "another directory"),
        ({"OTEL_SDK_DISABLED": "true"}, "OTEL_SDK_DISABLED", "problem", "unset"),
        (
            {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "requests, otel_claude"},
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
            "warning",
            "take otel_claude out",
        ),
        ({"OTEL_TRACES_SAMPLER": "always_off"}, "OTEL_TRACES_SAMPLER", "warning", "unset"),
    ],
)
def test_a_setting_that_is_likely_not_meant_is_named_with_what_to_do(doctor, variables, subject, state, fix):
    code, checks = doctor("--no-send", **variables)
    assert checks[subject]["state"] == state
    assert fix in checks[subject]["fix"]
    assert code == (1 if state == "problem" else 0)


def test_rates_that_cannot_be_used_are_a_problem(doctor, tmp_path):
    (tmp_path / "rates.toml").write_text("multiplier = 'cheap'")
    code, checks = doctor("--no-send", OTEL_CLAUDE_RATES=str(tmp_path / "rates.toml"))
    assert code == 1
    assert "rates.toml" in checks["rates"]["text"]


def test_budgets_are_shown_and_those_that_cannot_be_used_are_a_problem(doctor, tmp_path):
    assert "budgets" not in doctor("--no-send")[1]
    budgets = tmp_path / "budgets.toml"
    budgets.write_text("day = 5\nenforce = true")
    code, checks = doctor("--no-send", OTEL_CLAUDE_BUDGETS=str(budgets))
    assert (code, checks["budgets"]["text"]) == (
        0,
        "all calls, $5 a day; calls are refused once one that is enforced is spent",
    )
    budgets.write_text("days = 5")
    code, checks = doctor("--no-send", OTEL_CLAUDE_BUDGETS=str(budgets))
    assert (code, checks["budgets"]["state"]) == (1, "problem")
    assert "did you mean 'day'" in checks["budgets"]["text"]


def test_without_the_sdk_it_says_what_to_install(tmp_path):
    """An SDK that cannot be imported stands for one that is not there."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "anthropic.py").write_text("raise ImportError('broken')")
    done = subprocess.run(
        [PROGRAM, "doctor", "--no-send"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "✗ anthropic SDK: cannot be imported: broken\n    pip install -U anthropic\n" in done.stdout
