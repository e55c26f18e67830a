"""docs/attribution.md: its code runs, and says what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from otel_claude.simulator import Simulator

PAGE = (Path(__file__).parent.parent / "docs/attribution.md").read_text()
FRAMEWORKS = ("celery", "flask", "starlette")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Runs the page from top to bottom, and returns what runs a report on it."""
    for framework in FRAMEWORKS:
        pytest.importorskip(framework)
    folder = tmp_path_factory.mktemp("page")
    program = folder / "program.py"
    program.write_text("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)))
    with Simulator() as simulator:
        environment = {
            **os.environ,
            "ANTHROPIC_BASE_URL": simulator.url,
            "ANTHROPIC_API_KEY": "k",
            "OTEL_CLAUDE_STORE": str(folder / "store"),
            "NO_COLOR": "1",
            "COLUMNS": "110",
        }
        done = subprocess.run(
            [sys.executable, program], env=environment, cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        sent = json.dumps([dict(call.headers) for call in simulator.ledger])

    def report(*arguments):
        command = [sys.executable, "-m", "otel_claude", "report", *arguments]
        return subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, check=True
        ).stdout

    return report, sent


def rows(report, *by):
    dimensions = [word for name in by for word in ("--by", name)]
    found = json.loads(report(*dimensions, "--format", "json"))["rows"]
    return {tuple(row["key"].values()): row for row in found}


def test_features_and_tags_are_as_it_says(ran):
    report, _ = ran
    calls = {key: row["calls"] for key, row in rows(report, "feature", "tag.feature.outer").items()}
    assert calls == {
        ("rerank", "support > search"): 1,
        ("search", "support"): 1,
        ("rerank", "search"): 1,
        ("search", None): 1,
        ("index", None): 2,
        (None, None): 5,
    }
    assert rows(report, "tag.tenant")["acme",]["calls"] == 2


def test_the_picture_of_the_tasks_is_what_is_printed(ran):
    report, _ = ran
    (picture,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    printed = [" ".join(line.split()) for line in report("--by", "task").splitlines()]
    for line in picture.splitlines()[2:]:  # the first says the date
        assert " ".join(line.split()) in printed
    row = rows(report, "task")["resolve",]
    assert (row["calls"], row["tasks"]["mean_score"]) == (4, pytest.approx(0.9))
    assert rows(report, "task")["classify",]["tasks"]["passed"] == 1


def test_nothing_of_it_is_sent_to_anthropic(ran):
    _, sent = ran
    for word in ("baggage", "acme", "support", "rerank", "resolve", "otel_claude"):
        assert word not in sent
