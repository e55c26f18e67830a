import csv
import io
import json
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from otel_claude import rates
from otel_claude.cli.report import command
from otel_claude.report import words
from otel_claude.store.writer import LineExporter, WriteThroughProcessor


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty project, which is the current directory."""
    (tmp_path / "pyproject.toml").touch()
    for name in ("OTEL_CLAUDE_STORE", "OTEL_CLAUDE_RATES", "COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def record():
    """Has a call recorded in the project's store, as the SDK's span of Sonnet 5.5 for $0.013."""

    def record(feature="summarise", **attributes):
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(WriteThroughProcessor(LineExporter()))
        tracer = provider.get_tracer("com.anthropic.sdk.python")
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.response.model": "claude-sonnet-5-5",
            "gen_ai.usage.input_tokens": 13_000,
            "gen_ai.usage.cache_read.input_tokens": 10_000,
            "gen_ai.usage.cache_write.input_tokens": 2_000,
            "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 2_000,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 0,
            "gen_ai.usage.output_tokens": 500,
            "otel_claude.feature": feature,
            "code.file.path": "app/main.py",
            "code.function.name": "run",
            "code.line.number": 7,
            **attributes,
        }
        tracer.start_span("anthropic.messages.create", kind=SpanKind.CLIENT, attributes=attributes).end()

    return record


def run(*arguments, **options):
    return CliRunner().invoke(command, arguments, **options)


def test_the_default_is_this_projects_calls_by_feature(record):
    record("summarise")
    record("summarise")
    record("classify")
    done = run()
    assert done.exit_code == 0, done.output
    header, trust, *table = done.stdout.splitlines()
    assert "3 calls · ~$0.0390 · 77% of input read from cache" in header
    assert "0 unpriced · 3 estimated" in trust
    rows = [line.split() for line in table if line.strip() and "─" not in line]
    assert rows[0] == [
        "feature",
        "calls",
        "cost",
        "input",
        "read",
        "written",
        "output",
        "hit",
        "saved",
        *words.SHARES,
    ]
    assert [row[:3] for row in rows[1:]] == [
        ["summarise", "2", "~$0.0260"],
        ["classify", "1", "~$0.0130"],
        ["total", "3", "~$0.0390"],
    ]


def test_json_has_the_documented_shape(record):
    record("summarise")
    record("classify", **{"gen_ai.response.model": "claude-mystery-9"})
    report = json.loads(run("--format", "json").stdout)
    assert set(report) == {"version", "total", "rows", "run_rate", "batch_share", "wastes"}
    assert report["version"] == 1
    row, unpriced = report["rows"]
    assert row["key"] == {"feature": "summarise"}
    assert row["calls"] == 1
    assert row["cost_usd"] == 0.013
    assert row["tokens"] == {
        "input": 1000,
        "cache_read": 10_000,
        "cache_write_5m": 2000,
        "cache_write_1h": 0,
        "output": 500,
    }
    assert row["cache_hit_ratio"] == pytest.approx(10 / 13)
    assert (unpriced["unpriced"], unpriced["cost_usd"]) == (1, None)
    assert (report["total"]["calls"], report["total"]["unpriced"], report["total"]["cost_usd"]) == (
        2,
        1,
        0.013,
    )


def test_json_gives_a_call_site_in_its_parts(record):
    record()
    (row,) = json.loads(run("--format", "json", "--by", "callsite").stdout)["rows"]
    assert row["key"] == {"callsite": {"path": "app/main.py", "function": "run", "line": 7}}


def test_csv_can_be_summed(record):
    record("a,b")
    record("c")
    rows = list(
        csv.DictReader(io.StringIO(run("--format", "csv", "--by", "feature", "--by", "model").stdout))
    )
    assert {row["feature"] for row in rows} == {"a,b", "c"}
    assert sum(float(row["cost_usd"]) for row in rows) == pytest.approx(0.026)
    assert sum(int(row["cache_read_tokens"]) for row in rows) == 20_000


def test_markdown_is_one_table_with_a_total(record):
    record("a|b")
    lines = run("--format", "markdown").stdout.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 4
    assert "a\\|b" in table[2]
    assert table[3].startswith("| **total** | 1 | ~$0.0130 |")
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1


def test_limit_says_what_it_leaves_out(record):
    for feature in "abc":
        record(feature)
    done = run("--limit", "1")
    assert "2 more: $0.0260" in done.stdout
    assert "3 calls" in done.stdout
    assert len(json.loads(run("--limit", "1", "--format", "json").stdout)["rows"]) == 1


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_narrow_terminal_gets_fewer_columns_but_whole_numbers(record, width):
    record()
    record("classify")
    out = run(env={"COLUMNS": str(width)}).stdout.splitlines()[2:]
    assert all(len(line) <= width for line in out)
    assert "…" not in "".join(out)
    assert "~$0.0130" in "".join(out)


def test_without_a_terminal_lines_are_as_long_as_they_need_to_be_and_plain(record):
    record("a feature with a name that is far too long for any terminal of eighty columns")
    done = run()
    assert "a feature with a name that is far too long for any terminal of eighty columns" in done.stdout
    assert "\x1b" not in done.stdout


def test_names_cannot_control_the_terminal(record):
    record("[red]x[/red]\x1b[31m\n")
    for output in ("table", "markdown"):
        out = run("--format", output).stdout
        assert "\x1b" not in out
        assert "[red]x[/red]" in out


def test_since_leaves_out_earlier_calls(record):
    record()
    time.sleep(0.01)
    assert "1 call " in run("--since", "1h").stdout
    done = run("--since", "2999-01-01")
    assert (done.exit_code, done.stdout) == (0, "No Claude calls since 2999-01-01 00:00 UTC.\n")


def test_an_empty_store_says_how_to_get_data():
    done = run()
    assert done.exit_code == 0
    assert "otel-claude run" in done.stdout


def test_an_empty_store_is_valid_json_too():
    done = run("--format", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["rows"] == []
    assert "otel-claude run" in done.stderr


def test_an_empty_directory_beside_a_full_one_does_not_hide_it(record, project):
    record()
    (project / "empty").mkdir()
    assert "1 call " in run(".", "empty").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "missing: does not exist"),
        (["pyproject.toml", "foreign"], "foreign: nothing in it is OTLP/JSON"),
        (
            ["--by", "colour"],
            "'colour' is not one of feature, model, callsite, day, task, miss-reason or tag.NAME",
        ),
        (["--since", "soon"], "'soon' is no time; write 24h"),
        (["--limit", "0"], "0 is not in the range"),
    ],
)
def test_unusable_input_is_named_on_stderr_with_exit_2(project, arguments, message):
    (project / "foreign").write_text("a,b\n")
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_skipped_lines_are_reported_on_stderr_with_the_first(record, project):
    record()
    (path,) = (project / ".otel-claude" / "traces").iterdir()
    with path.open("a") as file:
        file.write("torn\nagain\n")
    done = run()
    assert done.exit_code == 0
    assert f"Skipped 2 lines, the first {path}:2: is cut short, or not JSON" in done.stderr
    assert "1 call " in done.stdout


def test_it_reads_standard_input(record, project):
    record()
    (path,) = (project / ".otel-claude" / "traces").iterdir()
    done = run("-", input=path.read_bytes())
    assert "1 call " in done.stdout


def test_a_closed_pipe_ends_it_quietly(record, project):
    for number in range(500):
        record(f"feature {number}")
    command_line = (
        f"{sys.executable} -c 'from otel_claude.cli import main; main()' report --format csv | head -1"
    )
    done = subprocess.run(command_line, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("feature,calls")
    assert "Traceback" not in done.stderr


# With the user's rates.

HALF = "[tool.otel-claude.rates]\ndated = 2026-11-01\ndiscount = 0.5\n"
RECORDED = {
    "gen_ai.usage.cost.amount": 0.013,
    "otel_claude.cost.input": 0.002,
    "otel_claude.cost.cache_read": 0.001,
    "otel_claude.cost.cache_write_5m": 0.005,
    "otel_claude.cost.output": 0.005,
    "otel_claude.cost.status": "exact",
    "otel_claude.rates.source": "table",
}


def test_reprice_says_what_was_recorded_and_what_that_comes_to_now(record, project):
    (project / "pyproject.toml").write_text(HALF)
    record(**RECORDED)
    record("classify", **RECORDED)
    done = run("--reprice")
    assert done.exit_code == 0, done.output
    header, trust, repriced = done.stdout.splitlines()[:3]
    assert "2 calls · $0.0130" in header
    assert trust == "0 unpriced"
    assert repriced == "repriced: recorded $0.0260, now $0.0130 · $0.0130 less (-50.0%)"
    assert "$0.0260" in run().stdout
    assert "repriced" not in run().stdout


def test_repriced_json_and_csv_have_the_recorded_cost_beside_the_new_one(record, project):
    (project / "pyproject.toml").write_text(HALF)
    record(**RECORDED)
    report = json.loads(run("--reprice", "--format", "json").stdout)
    assert (report["total"]["recorded_cost_usd"], report["total"]["cost_usd"]) == (0.013, 0.0065)
    (row,) = csv.DictReader(io.StringIO(run("--reprice", "--format", "csv").stdout))
    assert (row["recorded_cost_usd"], row["cost_usd"]) == ("0.013", "0.0065")
    assert "recorded_cost_usd" not in run("--format", "json").stdout


def test_repriced_at_the_rates_of_the_record_nothing_differs(record):
    record(**RECORDED)
    assert "recorded $0.0130, now $0.0130 · no difference" in run("--reprice").stdout


def test_reprice_counts_calls_that_had_no_cost_and_those_that_have_none_now(record):
    record()
    record(**{**RECORDED, "gen_ai.response.model": "claude-mystery-9"})
    out = run("--reprice").stdout
    assert "1 call without a recorded cost · 1 call no longer priced" in out


def test_calls_without_a_recorded_cost_get_the_users_rates_without_being_asked(record, project):
    (project / "pyproject.toml").write_text(HALF)
    record()
    assert "~$0.0065" in run().stdout


def test_rates_that_cannot_be_used_end_it_with_the_file_and_the_key(record, project):
    (project / "pyproject.toml").write_text("[tool.otel-claude.rates]\ndiscoun = 0.5\n")
    record()
    done = run()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "pyproject.toml: [tool.otel-claude.rates]: unknown key 'discoun'" in done.stderr


def test_an_old_table_is_said_once_on_stderr(record, monkeypatch):
    record()
    assert "Note" not in run().stderr
    monkeypatch.setattr(rates, "TABLE_DATE", rates.TABLE_DATE - rates.TABLE_LIFETIME * 20)
    assert run("--format", "json").stderr.count("Note: the table of rates was checked on") == 1
