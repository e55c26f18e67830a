"""What a real OTLP receiver has of a program that has only the standard variables set."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from otel_claude.simulator import Simulator
from tests.environments import ROOT
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


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="there is no bash or no curl")
def test_the_local_store_can_be_sent_later_as_jaegers_page_says(dashboard, tmp_path):
    project_folder = tmp_path / "support"
    with Simulator() as sim:
        assert Project(project_folder, sim.url).run(SUPPORT, OTEL_SERVICE_NAME="stored").code == 0
    (script,) = re.findall(
        r"^(cat \.otel-claude.*?)^```$", (ROOT / "docs" / "jaeger.md").read_text(), re.S | re.M
    )
    script = script.replace("http://localhost:4318", dashboard.endpoints["http/protobuf"])
    subprocess.run(["bash", "-euc", script], cwd=project_folder, check=True, capture_output=True)
    costs = [span["attributes"]["gen_ai.usage.cost.amount"] for span in dashboard.wait_for_spans("stored", 2)]
    assert sorted(map(float, costs)) == [READ_USD, WRITE_USD]
