"""What a real OTLP receiver has of a program that has only the standard variables set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otel_claude.simulator import Simulator
from tests.receivers import aspire
from tests.receivers.programs import CALL_LINE, PREFIX_TOKENS, READ_USD, SUPPORT, WRITE_USD, Project

pytestmark = pytest.mark.receiver


@pytest.fixture(scope="module")
def dashboard():
    try:
        with aspire.running() as one:
            yield one
    except aspire.UnavailableError as error:
        pytest.skip(f"no Aspire Dashboard here: {error}")


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_spans_arrive_with_cost_feature_call_site_and_cache_tokens(dashboard, tmp_path, protocol):
    service = f"support-{protocol}"
    with Simulator() as sim:
        ran = Project(tmp_path / "support", sim.url).run(
            SUPPORT,
            OTEL_SERVICE_NAME=service,
            OTEL_EXPORTER_OTLP_ENDPOINT=dashboard.endpoints[protocol],
            OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
            OTEL_METRICS_EXPORTER="otlp",
        )
    assert (ran.code, ran.err) == (0, "")  # nor was there anything about the metrics to warn of
    spans = dashboard.wait_for_spans(service, 2)
    assert [span["name"] for span in spans] == ["anthropic.messages.create"] * 2
    seen = sorted((span["attributes"] for span in spans), key=lambda each: each["gen_ai.usage.cost.amount"])
    read, written = seen
    assert float(written["gen_ai.usage.cost.amount"]) == WRITE_USD
    assert float(read["gen_ai.usage.cost.amount"]) == READ_USD
    assert written["gen_ai.usage.cache_write.input_tokens"] == str(PREFIX_TOKENS)
    assert read["gen_ai.usage.cache_read.input_tokens"] == str(PREFIX_TOKENS)
    for attributes in seen:
        assert attributes["otel_claude.feature"] == "support"
        assert attributes["code.file.path"] == "app.py"
        assert attributes["code.function.name"] == "answer"
        assert attributes["code.line.number"] == str(CALL_LINE)


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json", "grpc"])
def test_the_local_store_can_be_sent_later_and_is_sent_once(dashboard, tmp_path, protocol):
    service = f"stored-{protocol}"
    with Simulator() as sim:
        project = Project(tmp_path / "support", sim.url)
        assert project.run(SUPPORT, OTEL_SERVICE_NAME=service).code == 0
    program = Path(sys.executable).with_name("otel-claude")
    command = [program, "replay", "--to", dashboard.endpoints[protocol], "--protocol", protocol]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    said = [
        subprocess.run(
            command, cwd=project.folder, env=environment, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    assert [line.partition(" to ")[0] for line in said] == ["Sent 2 spans", "Sent 0 spans"]
    costs = [span["attributes"]["gen_ai.usage.cost.amount"] for span in dashboard.wait_for_spans(service, 2)]
    assert sorted(map(float, costs)) == [READ_USD, WRITE_USD]
