import json
import os
from datetime import datetime, timedelta, timezone

import pytest
from click.testing import CliRunner
from opentelemetry.sdk.trace import TracerProvider

from otel_claude.cli.reconcile import command
from otel_claude.store.writer import LineExporter, WriteThroughProcessor

DAY = datetime(2026, 11, 10, 12, tzinfo=timezone.utc)
PERIOD = ("--since", "2026-11-09", "--until", "2026-11-12")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch, admin_key):
    """An empty project, which is the current directory."""
    (tmp_path / "pyproject.toml").touch()
    for name in [name for name in os.environ if name.startswith(("OTEL_", "ANTHROPIC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", admin_key)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def record():
    """Records a call of Sonnet 5.5 with 500,000 input tokens, $1 at public rates, and 100,000 of output, $1."""

    def record(at=DAY, **attributes):
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(WriteThroughProcessor(LineExporter()))
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.response.model": "claude-sonnet-5-5",
            "gen_ai.usage.input_tokens": 500_000,
            "gen_ai.usage.output_tokens": 100_000,
            **attributes,
        }
        tracer = provider.get_tracer("com.anthropic.sdk.python")
        nanoseconds = int(at.timestamp() * 1e9)
        span = tracer.start_span("anthropic.messages.create", attributes=attributes, start_time=nanoseconds)
        span.end(nanoseconds + 10**9)

    return record


def run(report, *arguments):
    return CliRunner().invoke(command, ["--base-url", report.url, *arguments])


def test_it_says_how_much_of_the_bill_was_seen_where_the_rest_is_and_what_the_discount_is(report, record):
    record()
    record()
    report.add("2026-11-10", "claude-sonnet-5-5", "input", "2", factor="0.85")
    report.add("2026-11-10", "claude-sonnet-5-5", "output", "2", factor="0.85")
    report.add("2026-11-11", "claude-opus-5-5", "output", "4", factor="0.85", product="claude_code")
    report.refreshed_at = "2026-11-12T06:00:00Z"
    done = run(report, *PERIOD)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "2026-11-09 to 2026-11-12 00:00 UTC, in the bill up to 2026-11-12 06:00"
    assert lines[1] == "billed   $6.80, $8.00 at public rates: a discount of 15.0%"
    assert lines[2] == "seen     $4.00 at public rates, in 2 calls: 50% of the bill"
    assert lines[3] == "not seen $4.00 that was billed and not recorded"
    assert ["claude-opus-5-5", "$4.00", "$0", "$4.00", "0%"] in [line.split() for line in lines]
    assert ["2026-11-11", "$4.00", "$0", "$4.00", "0%"] in [line.split() for line in lines]
    assert ["claude_code", "$4.00", "$3.40"] in [line.split() for line in lines]
    assert lines[-3:] == ["[tool.otel-claude.rates]", "dated = 2026-11-09", "multiplier = 0.85"]


def test_json_has_the_documented_shape(report, record):
    record()
    report.add("2026-11-10", "claude-sonnet-5-5", "input", "1", factor="0.9")
    found = json.loads(run(report, *PERIOD, "--format", "json").stdout)
    assert found["total"] == {
        "list_usd": 1.0,
        "seen_usd": 2.0,
        "covered_usd": 1.0,
        "unseen_usd": 0.0,
        "surplus_usd": 1.0,
        "share": 1.0,
    }
    assert (found["version"], found["charged_usd"], found["discount"], found["calls"]) == (1, 0.9, 0.1, 1)
    assert found["rates"] == {"dated": "2026-11-09", "multiplier": 0.9, "models": {}}
    assert found["billed_by"]["api_key"] == [{"api_key": "apikey_one", "list_usd": 1.0, "charged_usd": 0.9}]
    assert {"by_model", "by_kind", "by_day", "since", "until", "refreshed_at"} <= set(found)


def test_calls_recorded_with_a_discount_are_seen_at_public_rates(report, record, project):
    (project / "pyproject.toml").write_text("[tool.otel-claude.rates]\ndated = 2026-11-01\ndiscount = 0.5\n")
    record(
        **{
            "gen_ai.usage.cost.amount": 1.0,
            "otel_claude.cost.input": 0.5,
            "otel_claude.cost.output": 0.5,
            "otel_claude.cost.status": "exact",
            "otel_claude.rates.source": "override",
            "otel_claude.rates.version": "2026-11-01",
        }
    )
    report.add("2026-11-10", "claude-sonnet-5-5", "input", "1", factor="0.5")
    report.add("2026-11-10", "claude-sonnet-5-5", "output", "1", factor="0.5")
    assert json.loads(run(report, *PERIOD, "--format", "json").stdout)["total"]["share"] == 1.0


def test_a_store_that_begins_later_than_the_period_is_said_to(report, record):
    record()
    report.add("2026-11-09", "claude-sonnet-5-5", "input", "1")
    assert (
        "the first recorded call is of 2026-11-10: nothing earlier can be seen" in run(report, *PERIOD).stdout
    )


def test_without_a_record_all_of_the_bill_is_unseen(report):
    report.add("2026-11-10", "claude-sonnet-5-5", "input", "1")
    assert "in 0 calls: 0% of the bill" in run(report, *PERIOD).stdout


def test_by_default_it_looks_at_a_week_of_whole_days(report):
    assert run(report).exit_code == 0
    (query,) = report.queries
    start = datetime.fromisoformat(query["starting_at"][0].replace("Z", "+00:00"))
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    assert start == today - timedelta(days=7)


def test_names_from_the_api_cannot_control_the_terminal(report):
    report.add("2026-11-10", "claude-\x1b[31m", "input", "1")
    assert "\x1b" not in run(report, *PERIOD).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "soon"], "'soon' is no time"),
        (
            ["--since", "2026-11-09", "--until", "2026-11-09"],
            "--until 2026-11-09 is not after --since 2026-11-09",
        ),
        (["--base-url", "http://example.com"], "the admin key is sent over https only"),
        (["missing"], "missing: does not exist"),
    ],
)
def test_unusable_input_is_named_on_stderr_with_exit_2(report, arguments, message):
    done = run(report, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_without_a_key_it_says_which_one_to_set(report, monkeypatch):
    monkeypatch.delenv("ANTHROPIC_ADMIN_KEY")
    done = run(report)
    assert (done.exit_code, report.queries) == (2, [])
    assert "set ANTHROPIC_ADMIN_KEY" in done.stderr


def test_neither_an_error_nor_the_sdks_debug_log_shows_the_key(report, monkeypatch, caplog):
    key = "sk-ant-admin01-wrong"
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", key)
    caplog.set_level("DEBUG")
    done = run(report, *PERIOD)
    assert done.exit_code == 2
    assert "answered 401" in done.stderr
    assert key not in done.output + caplog.text


def test_a_gateways_base_url_never_gets_the_key(report, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    assert run(report, *PERIOD).exit_code == 0
