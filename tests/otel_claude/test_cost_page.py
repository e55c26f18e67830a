"""docs/cost.md says what is: its tables of rates load, its commands run, its figures are those of the code."""

import os
import re
import shlex
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from otel_claude.cli import main
from otel_claude.rates import TABLE_LIFETIME, rates_at
from otel_claude.user_rates import configured, load

PAGE = (Path(__file__).parents[2] / "docs" / "cost.md").read_text()
PROJECT, NEWER = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^\$ otel-claude (.*)$", PAGE, re.MULTILINE)


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("OTEL_CLAUDE_", "ANTHROPIC_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "rates.toml").write_text(NEWER)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def test_the_rates_of_the_project_are_what_the_page_says():
    overrides = configured().overrides

    def output(model, day=date(2026, 11, 20)):
        return rates_at(model, day, prompt_tokens=1, overrides=overrides).row.rates.output

    assert [output(model) for model in ("claude-sonnet-5", "claude-opus-5-5", "claude-haiku-4-5")] == [
        8.5,
        16,
        4,
    ]
    assert output("claude-sonnet-5", date(2026, 9, 30)) == 10


def test_the_newer_rows_are_what_the_page_says():
    overrides = load(Path("rates.toml")).overrides
    short, long = (
        rates_at("claude-haiku-6", date(2026, 12, 1), prompt_tokens=prompt, overrides=overrides)
        for prompt in (100_000, 100_001)
    )
    assert (short.row.rates.input, long.row.rates.input, short.doubt) == (0.2, 1, None)


@pytest.mark.parametrize("line", COMMANDS)
def test_its_commands_run(line):
    done = CliRunner().invoke(main, shlex.split(line))
    if line.startswith("reconcile"):  # it needs a key, and was read up to there
        assert "set ANTHROPIC_ADMIN_KEY" in done.stderr
    else:
        assert done.exit_code == 0, done.output


def test_the_age_of_old_rates_is_the_one_of_the_code():
    assert f"older than {TABLE_LIFETIME.days} days" in PAGE


def test_the_band_it_names_is_in_the_table():
    for prompt, rate in ((100_000, 0.10), (100_001, 0.50)):
        found = rates_at("claude-haiku-5-5", date(2026, 11, 20), prompt_tokens=prompt)
        assert found.row.rates.input == rate
