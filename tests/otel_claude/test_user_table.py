"""Which pyproject.toml is looked into for a table of ours, and what is found there."""

from __future__ import annotations

import pytest

from otel_claude.user_table import UserTable

TABLE = UserTable("tool.otel-claude.rates", "OTEL_CLAUDE_TEST_TABLE", "rates", ValueError)


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """What is found in a project with a pyproject.toml of that text."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def configured(text):
        (tmp_path / "pyproject.toml").write_text(text)
        found = TABLE.configured()
        return None if found is None else found.content

    return configured


@pytest.mark.parametrize(
    "text",
    [
        "[tool.otel-claude.rates]\ndiscount = 1",
        "[tool.otel-claude]\nrates.discount = 1",
        '[tool."otel-claude" . rates]\ndiscount = 1',
        "[tool]\notel-claude.rates.discount = 1",
        "[tool]\notel-claude = { rates = { discount = 1 } }",
        "tool.'otel-claude'.rates.discount = 1",
        "[tool.otel-claude.lint]\nselect = []\n[tool.otel-claude.rates]\ndiscount = 1",
    ],
)
def test_a_table_is_found_however_it_is_written(configured, text):
    assert configured(text) == {"discount": 1}


@pytest.mark.parametrize(
    "text",
    [
        "[tool.otel-claude.lint]\nselect = []",
        "[tool.'otel-claude'.\"lint\".rules]\nselect = []",
        '[project]\nname = "otel-claude"\n[project.scripts]\notel-claude = "otel_claude.cli:main"',
        'dependencies = ["otel-claude[all]>=0.1"]',
    ],
)
def test_a_project_that_says_nothing_to_us_is_not_parsed(configured, text):
    assert configured(f"{text}\nthis is no TOML") is None


@pytest.mark.parametrize("name", ["ratess", "rate"])
def test_a_table_of_an_unknown_name_is_a_mistake(configured, name):
    with pytest.raises(ValueError, match=f"unknown table '{name}'"):
        configured(f"[tool.otel-claude.{name}]\nx = 1")
