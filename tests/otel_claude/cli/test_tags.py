"""A tag on its way from the program to the report, and not to Anthropic."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from otel_claude.simulator import Simulator

PROGRAM = """
import os, anthropic, otel_claude

otel_claude.instrument()
client = anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"])
ask = dict(model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": "hello"}])
with otel_claude.feature("search-feature"), otel_claude.tag(tenant="acme-tenant"):
    client.messages.create(**ask)
    client.messages.create(**ask)
with otel_claude.tag(tenant="zenith-tenant"):
    client.messages.create(**ask)
"""


def test_the_report_groups_by_a_tag_that_the_endpoint_never_saw(tmp_path):
    with Simulator() as simulator:
        environment = {**os.environ, "SIM": simulator.url, "OTEL_CLAUDE_STORE": str(tmp_path / "store")}
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True, cwd=tmp_path
        )
        sent = json.dumps([dict(call.headers) for call in simulator.ledger])
    command = [sys.executable, "-m", "otel_claude", "report", "--by", "tag.tenant", "--format", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
    rows = json.loads(done.stdout)["rows"]
    assert [(row["key"], row["calls"]) for row in rows] == [
        ({"tag.tenant": "acme-tenant"}, 2),
        ({"tag.tenant": "zenith-tenant"}, 1),
    ]
    assert "user-agent" in sent.lower()
    for tagged in ("acme-tenant", "zenith-tenant", "search-feature", "baggage"):
        assert tagged not in sent
