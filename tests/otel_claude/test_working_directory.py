"""Where a program is, and goes, while it is traced."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from otel_claude import exporters
from otel_claude.cost import Cost
from otel_claude.simulator import Simulator
from otel_claude.store import files
from otel_claude.store.files import Limits
from otel_claude.summary import Result, Summary
from otel_claude.usage import Usage

PROGRAM = """
import os, sys
import anthropic, otel_claude

{first}
otel_claude.instrument()
{before}
client = anthropic.Anthropic(api_key="k")
client.messages.create(
    model="claude-haiku-5-5", max_tokens=8, messages=[{{"role": "user", "content": "Hello"}}]
)
"""


@pytest.fixture
def run(tmp_path):
    """Runs `PROGRAM` in a project, and returns what is in the project's store and what stderr said."""
    project = tmp_path / "shop"
    project.mkdir()
    (project / "pyproject.toml").touch()
    (tmp_path / "elsewhere").mkdir()

    def run(before="", first="", **environment):
        with Simulator() as simulator:
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM.format(before=before, first=first)],
                cwd=project,
                env={
                    **{name: value for name, value in os.environ.items() if not name.startswith("OTEL_")},
                    "HOME": str(tmp_path),
                    "ANTHROPIC_BASE_URL": simulator.url,
                    **environment,
                },
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == 0, done.stderr
        return [path.read_text() for path in project.glob(".otel-claude/traces/*.jsonl")], done.stderr

    return run


def test_the_store_is_that_of_the_project_in_which_the_program_began(run, tmp_path):
    # The line at exit names a command that looks where the user is.
    lines, _ = run(f"os.chdir({str(tmp_path / 'elsewhere')!r})")
    assert len(lines) == 1
    assert '"stringValue":"shop"' in lines[0], "the service has the name of the project"


def test_a_store_named_relatively_is_where_the_program_began(run, tmp_path):
    run(f"os.chdir({str(tmp_path / 'elsewhere')!r})", OTEL_CLAUDE_STORE="kept")
    assert len(list((tmp_path / "shop" / "kept").glob("*.jsonl"))) == 1


def test_a_program_whose_directory_is_gone_is_traced(run, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    leave = f"os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})"
    _, err = run(first=leave, OTEL_CLAUDE_STORE=str(tmp_path / "kept"))
    assert "1 Claude call" in err
    assert len(list((tmp_path / "kept").glob("*.jsonl"))) == 1


@pytest.mark.parametrize("days", [14, 100_000, 1_000_000, 10**12])
def test_a_store_can_be_kept_for_ever(tmp_path, days):
    old, new = tmp_path / "traces-2001-01-01.jsonl", tmp_path / "traces-2026-11-20.jsonl"
    for path in (old, new):
        path.write_text("x")
    assert files.make_room(tmp_path, new, Limits(max_days=days)) == (days == 14)


def _line(*costs):
    summary = Summary()
    summary.switch_on()
    try:
        for cost in costs:
            summary.add(Result(Usage(input_tokens=1), cost))
        return summary.line()
    finally:
        summary.switch_off()


def test_the_line_at_exit_does_not_say_that_little_is_nothing():
    assert ", <$0.0001, " in _line(Cost(amount=0.00001, status="exact"))
    assert ", $0, " in _line(Cost(amount=0.0, status="exact"))


def test_the_line_at_exit_says_that_a_cost_is_estimated():
    exact, cut_short = Cost(amount=0.25, status="exact"), Cost(amount=0.5, status="estimated")
    assert ", ~$0.7500, " in _line(exact, cut_short)
    assert ", $0.2500, " in _line(exact)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0.5", 0.5),
        ("60", 30.0),
        ("inf", 30.0),
        ("nan", 2.0),
        ("-1", 2.0),
        ("0", 2.0),
        ("5s", 2.0),
        ("", 2.0),
    ],
)
def test_a_timeout_that_is_none_is_not_waited_for(monkeypatch, value, seconds):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", raising=False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", value)
    assert exporters.timeout_s("traces") == seconds
