"""The example of Haiku first and Opus after it, against the simulated endpoint that it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples/escalation/app.py"


def test_the_report_says_what_a_passed_ticket_costs_in_either_way(tmp_path):
    environment = {**os.environ, "OTEL_CLAUDE_STORE": str(tmp_path / "store")}
    subprocess.run([sys.executable, EXAMPLE], env=environment, check=True, capture_output=True, cwd=tmp_path)
    command = [sys.executable, "-m", "otel_claude", "report", "--by", "task", "--format", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
    report = json.loads(done.stdout)
    both, opus = (
        {row["key"]["task"]: row for row in report["rows"]}[name] for name in ("haiku_then_opus", "opus_only")
    )
    for row in (both, opus):
        assert (row["tasks"]["count"], row["tasks"]["pass_rate"], row["tasks"]["unit"]) == (20, 1, "ticket")
        assert row["tasks"]["cost_per_passed_usd"] == pytest.approx(row["cost_usd"] / 20)
        assert row["tasks"]["value_usd"] == pytest.approx(8)
    assert (both["calls"], opus["calls"]) == (24, 20)
    assert (both["tasks"]["escalation_rate"], opus["tasks"]["escalation_rate"]) == (pytest.approx(0.2), 0)
    assert both["tasks"]["cost_per_passed_usd"] < opus["tasks"]["cost_per_passed_usd"] / 2
    assert report["total"]["cost_usd"] == pytest.approx(both["cost_usd"] + opus["cost_usd"])
