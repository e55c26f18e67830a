import csv
import io
import json
import os
from datetime import datetime, timezone

import pytest
from click.testing import CliRunner

from otel_claude import rates
from otel_claude.cli.prices import command
from otel_claude.models import MODELS
from otel_claude.rates import RATE_TABLE, TABLE_DATE

AT = ("--at", "2026-11-20")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty project, which is the current directory."""
    for name in [name for name in os.environ if name.startswith("OTEL_CLAUDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, **options):
    return CliRunner().invoke(command, arguments, **options)


def rows(*arguments):
    done = run(*arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["rows"]


def cells(done):
    return [line.split() for line in done.stdout.splitlines()]


def test_the_default_is_every_model_that_is_served_on_the_day():
    served = {
        model.id
        for model in MODELS
        if model.released
        and model.released <= TABLE_DATE
        and not (model.retires and model.retires <= TABLE_DATE)
    }
    assert {row["model"] for row in rows(*AT)} == served
    assert "claude-opus-4-1" not in served


def test_a_table_has_the_bands_the_fast_rows_and_the_cache_columns():
    done = run("claude-haiku-5-5", "claude-opus-5-5", *AT)
    lines = cells(done)
    assert ["claude-haiku-5-5", "0.10", "0.125", "0.20", "0.01", "0.50"] in [line[:6] for line in lines]
    assert ["claude-haiku-5-5", ">", "100,000", "0.50", "0.625", "1.00", "0.05", "2.50"] in [
        line[:8] for line in lines
    ]
    assert ["claude-opus-5-5", "fast", "8.00", "10.00", "16.00", "0.40", "40.00"] in [
        line[:7] for line in lines
    ]
    assert f"table checked on {TABLE_DATE}" in done.stdout
    assert "[1] platform.claude.com Haiku 5.5 overview" in done.stdout


def test_rates_are_those_of_the_day():
    assert [row["cache_read"] for row in rows("claude-sonnet-5-5", "--at", "2026-10-06")] == [0.20]
    assert [row["cache_read"] for row in rows("claude-sonnet-5-5", "--at", "2026-10-07")] == [0.10]
    assert {row["speed"] for row in rows("claude-opus-4-8", "--at", "2026-11-30")} == {"standard"}


def test_a_model_can_be_spelled_as_its_cloud_does_and_is_shown_once():
    found = rows("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5", *AT)
    assert [row["model"] for row in found] == ["claude-haiku-4-5"]


def test_all_shows_every_row_of_the_table():
    assert len(rows("--all")) == len(RATE_TABLE)
    assert [row["valid_until"] for row in rows("claude-sonnet-5-5", "--all")] == ["2026-10-07", None]


def test_csv_has_one_line_a_row():
    found = list(csv.DictReader(io.StringIO(run("--all", "--format", "csv").stdout)))
    assert len(found) == len(RATE_TABLE)
    (retired,) = [row for row in found if row["model"] == "claude-2.1"]
    assert (retired["output"], retired["cache_read"], retired["doubt"]) == ("24", "", "rates_unsure")


def test_what_is_not_confirmed_is_marked():
    done = run("claude-mythos-5-2", *AT)
    assert "~[" in done.stdout
    assert "costs from this row are estimates" in done.stdout
    assert "~" not in run("claude-opus-5-5", *AT).stdout


def test_the_projects_discount_is_applied_and_said(project):
    file = project / "pyproject.toml"
    file.write_text("[tool.otel-claude.rates]\ndated = 2026-11-01\ndiscount = 0.15\n")
    done = run("claude-sonnet-5-5", *AT)
    assert f"your rates: {file} · from 2026-11-01 on · 0.85 times the list" in done.stdout
    assert ["claude-sonnet-5-5", "1.70", "2.125", "3.40", "0.085", "8.50"] in [
        line[:6] for line in cells(done)
    ]
    document = json.loads(run("claude-sonnet-5-5", *AT, "--format", "json").stdout)
    assert document["user_rates"]["multipliers"] == {"*": 0.85}
    assert document["rows"][0]["rates_source"] == "override"


NEWER = """
checked = 2026-12-01
[[rows]]
model = "claude-haiku-6"
valid_from = 2026-12-01
input = 0.2
output = 1
source = "platform.claude.com pricing, 2026-12-01"
"""


def test_newer_rates_come_from_a_file_and_it_is_said_how_they_stick(project):
    (project / "newer.toml").write_text(NEWER)
    done = run("claude-haiku-6", "--at", "2026-12-01", "--from", "newer.toml")
    assert ["claude-haiku-6", "0.20", "-", "-", "-", "1.00"] in [line[:6] for line in cells(done)]
    assert f"export OTEL_CLAUDE_RATES={project / 'newer.toml'}" in done.stderr
    assert "claude-haiku-6" in {row["model"] for row in rows("--at", "2026-12-01", "--from", "newer.toml")}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["claude-zebra-1"], "claude-zebra-1: no rates are known"),
        (["claude-zebra-1", "--all"], "claude-zebra-1: is not in the table"),
        (["--at", "yesterday"], "'yesterday' does not match"),
        (["--from", "missing.toml"], "missing.toml: cannot be read"),
        (["--from", "bad.toml"], "bad.toml: unknown key 'discoun'; did you mean 'discount'?"),
    ],
)
def test_unusable_input_is_named_on_stderr_with_exit_2(project, arguments, message):
    (project / "bad.toml").write_text("discoun = 0.1\n")
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_narrow_terminal_gets_whole_numbers(width):
    out = run(*AT, env={"COLUMNS": str(width)}).stdout.splitlines()
    table = [line for line in out if line.lstrip().startswith("claude-")]
    assert "…" not in "".join(out)
    assert all(len(line.rstrip()) <= width for line in table)


def test_an_old_table_is_said_once(monkeypatch):
    today = datetime.now(timezone.utc).date()
    monkeypatch.setattr(rates, "TABLE_DATE", today - rates.TABLE_LIFETIME)
    assert "Note" not in run("claude-opus-5-5").stderr
    monkeypatch.setattr(rates, "TABLE_LIFETIME", rates.TABLE_LIFETIME * 0)
    assert run("claude-opus-5-5").stderr.count("90 days ago") == 1
