"""What the table of budgets can say, and what is said of mistakes in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from otel_claude.budgets.limits import HitRatio, Limit, Subject
from otel_claude.budgets.settings import TABLE, VARIABLE, BudgetsError, configured, load

SEARCH = Subject("feature", "search")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty project, which is the current directory."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def budgets(text):
    Path("budgets.toml").write_text(text)
    return load(Path("budgets.toml"))


def test_limits_are_for_all_calls_a_feature_or_a_task():
    found = budgets("month = 500\n[features.search]\nhour = 1\nday = 5\n[tasks.nightly]\nday = 2.5")
    assert [(limit.subject, limit.period, limit.usd) for limit in found.limits] == [
        (Subject(), "month", 500),
        (SEARCH, "hour", 1),
        (SEARCH, "day", 5),
        (Subject("task", "nightly"), "day", 2.5),
    ]
    assert not found.is_seeded
    assert not found.is_enforced


def test_what_a_feature_does_not_say_holds_as_for_all_calls():
    found = budgets(
        'day = 9\nthresholds = [100, 90]\nenforce = true\nseed = "store"\n'
        "[features.search]\nday = 5\nenforce = false\n[features.triage]\nday = 1\nthresholds = [10]"
    )
    assert found.limits == (
        Limit(Subject(), "day", 9, (0.9, 1.0), is_enforced=True),
        Limit(SEARCH, "day", 5, (0.9, 1.0)),
        Limit(Subject("feature", "triage"), "day", 1, (0.1,), is_enforced=True),
    )
    assert found.is_seeded


def test_a_hit_ratio_is_one_of_the_last_calls():
    found = budgets("[features.search]\nhit_ratio = 0.6\nhit_ratio_calls = 20")
    assert found.hit_ratios == (HitRatio(SEARCH, 0.6, 20),)


def test_the_nearest_project_or_the_named_file_sets_them(project, monkeypatch):
    assert configured() is None
    (project / "pyproject.toml").write_text(f"[{TABLE}]\nday = 3")
    folder = project / "deep"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert configured().limits[0].usd == 3
    (project / "mine.toml").write_text("day = 4")
    monkeypatch.setenv(VARIABLE, str(project / "mine.toml"))
    assert configured().limits[0].usd == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "sets no limit; write USD for a period, such as day = 20"),
        ("[features.search]", r'features."search": sets no limit'),
        ("dya = 3", "unknown key 'dya'; did you mean 'day'"),
        ("day = 3\n[features.search]\nyear = 3", "unknown key 'year'"),
        ("day = '3'", "day: '3' is no number"),
        ("day = -3", "day: -3 cannot be"),
        ("day = 0", "a limit of 0 is passed by any call"),
        ("day = 3\nthresholds = []", "thresholds: must be a list of percentages"),
        ("day = 3\nthresholds = [0.5]", "thresholds: 0.5 is no percentage from 1"),
        ("day = 3\nenforce = 1", "enforce: 1 is neither true nor false"),
        ("day = 3\nseed = 'file'", "seed: 'file' is neither"),
        ("hit_ratio = 60", "hit_ratio: 60.0 is no share"),
        ("day = 3\nhit_ratio_calls = 5", "hit_ratio_calls is about hit_ratio"),
        ("hit_ratio = 0.6\nhit_ratio_calls = 0", "hit_ratio_calls: 0 is no number of calls"),
        ("features = 3", "features: must be a table"),
        ("day = ", "budgets.toml: "),
    ],
)
def test_a_mistake_is_named_with_the_file_and_what_to_write(text, said):
    with pytest.raises(BudgetsError, match=said) as raised:
        budgets(text)
    assert "budgets.toml" in str(raised.value)


def test_the_page_shows_a_table_that_can_be_used(project):
    page = (Path(__file__).parents[3] / "docs" / "budgets.md").read_text()
    (shown,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (project / "pyproject.toml").write_text(shown)
    found = configured()
    assert [(str(limit.subject), limit.period, limit.is_enforced) for limit in found.limits] == [
        ("all calls", "day", False),
        ("all calls", "month", False),
        ("feature ticket-triage", "hour", True),
        ("feature ticket-triage", "day", True),
        ("task nightly", "month", False),
    ]
    assert found.hit_ratios == (HitRatio(Subject("feature", "ticket-triage"), 0.6, 50),)
