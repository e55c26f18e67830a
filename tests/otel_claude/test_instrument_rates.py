"""The rates that an instrumented program's calls are priced by."""

import logging
import os
from datetime import date

import pytest
from anthropic import Anthropic
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_claude
from otel_claude import cost, rates
from otel_claude.rates import Overrides
from otel_claude.simulator import Simulator

HALF = "[tool.otel-claude.rates]\ndated = 2026-01-01\ndiscount = 0.5\n"
BAD = "[tool.otel-claude.rates]\ndiscoun = 0.5\n"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty project, which is the current directory."""
    for name in [name for name in os.environ if name.startswith(("OTEL_", "ANTHROPIC_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call():
    """Instruments, makes a call of Sonnet 5.5, and gives its span's attributes."""

    def call(**options):
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        otel_claude.instrument(tracer_provider=provider, **options)
        with Simulator() as simulator, Anthropic(base_url=simulator.url, api_key="any") as client:
            client.messages.create(
                model="claude-sonnet-5-5", max_tokens=100, messages=[{"role": "user", "content": "hello"}]
            )
        otel_claude.uninstrument()
        (span,) = exporter.get_finished_spans()
        return span.attributes

    yield call
    otel_claude.uninstrument()


def test_the_projects_rates_apply(call, project):
    listed = call()["gen_ai.usage.cost.amount"]
    (project / "pyproject.toml").write_text(HALF)
    found = call()
    assert found["gen_ai.usage.cost.amount"] == pytest.approx(listed / 2)
    assert (found["otel_claude.rates.source"], found["otel_claude.rates.version"]) == (
        "override",
        "2026-01-01",
    )


def test_rates_given_to_instrument_win_over_the_projects(call, project, caplog):
    (project / "pyproject.toml").write_text(BAD)
    free = Overrides(date(2026, 1, 1), multipliers={"*": 0.0})
    assert call(overrides=free)["gen_ai.usage.cost.amount"] == 0
    assert caplog.records == []


def test_rates_that_cannot_be_used_are_warned_about_once_and_the_list_applies(call, project, caplog):
    (project / "pyproject.toml").write_text(BAD)
    assert call()["otel_claude.rates.source"] == "table"
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "pyproject.toml: [tool.otel-claude.rates]: unknown key 'discoun'" in record.getMessage()
    assert "Calls are priced by the public list" in record.getMessage()


def test_an_old_table_is_one_line_in_the_log(call, monkeypatch, caplog):
    monkeypatch.setattr(rates, "TABLE_DATE", rates.TABLE_DATE - rates.TABLE_LIFETIME * 20)
    rates.bands_on.cache_clear()
    cost._plain_terms.cache_clear()
    assert call()["otel_claude.cost.reason"] == "rates_old"
    rates.bands_on.cache_clear()
    cost._plain_terms.cache_clear()
    (record,) = caplog.records
    assert "the table of rates was checked on" in record.getMessage()
