import os
from datetime import date
from pathlib import Path

import pytest

from otel_claude.rates import TABLE_DATE, Rates, rates_at
from otel_claude.user_rates import RatesError, configured, load

DAY = date(2026, 11, 20)
OUTSIDE = "[project]\nname = 'x'\n"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty directory, which is the current one."""
    for name in [name for name in os.environ if name.startswith("OTEL_CLAUDE_")]:
        monkeypatch.delenv(name)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rates(text, model="claude-opus-5-5", **options):
    """The rates of `model` by a file of rates that says `text`."""
    Path("rates.toml").write_text(text)
    options = {"at": DAY, "prompt_tokens": 1, **options}
    return rates_at(model, overrides=load(Path("rates.toml")).overrides, **options)


def test_a_discount_is_off_every_rate_of_every_model_from_its_day_on():
    text = "dated = 2026-11-01\ndiscount = 0.15"
    found = rates(text)
    assert found.per_token == tuple(int(rate * 0.85 * 10**9) for rate in (4, 5, 8, 0.2, 20))
    assert (found.source, found.version, found.doubt) == ("override", "2026-11-01", None)
    assert rates(text, "claude-haiku-5-5", prompt_tokens=100_001).row.rates.input == 0.5 * 0.85
    assert rates(text, at=date(2026, 10, 31)).source == "table"


def test_a_models_own_discount_comes_before_the_overall_one():
    text = 'dated = 2026-11-01\nmultiplier = 0.9\n[models."us.anthropic.claude-opus-5-5"]\ndiscount = 0.5'
    assert rates(text).row.rates.output == 10
    assert rates(text, "claude-sonnet-5-5").row.rates.output == 9


def test_own_rates_leave_what_they_do_not_name_at_the_lists():
    found = rates('dated = 2026-11-01\n[models."claude-opus-5-5"]\ninput = 3\noutput = 15.5\ncache_read = 0')
    assert found.row.rates == Rates(3, 5, 8, 0, 15.5)


def test_own_rates_can_be_for_a_model_that_nobody_else_knows():
    found = rates("dated = 2026-11-01\n[models.in-house]\ninput = 3\noutput = 15", "in-house")
    assert found.row.rates == Rates(3, None, None, None, 15)


ROW = """
checked = 2026-12-01
[[rows]]
model = "claude-opus-5-5"
valid_from = 2026-12-01
input = 3
cache_write_5m = 3.75
cache_write_1h = 6
cache_read = 0.15
output = 15
"""


def test_newer_rows_take_over_from_the_table_on_their_day():
    found = rates(ROW, at=date(2026, 12, 1))
    assert (found.row.rates.input, found.source, found.version, found.doubt) == (
        3,
        "override",
        "2026-12-01",
        None,
    )
    before = rates(ROW, at=date(2026, 11, 30))
    assert (before.row.rates.input, before.source, before.doubt) == (4, "table", None)
    assert rates(ROW, at=date(2026, 12, 1), speed="fast").row.rates.input == 8


def test_a_discount_is_off_newer_rows_too():
    assert rates(f"dated = 2026-11-01\ndiscount = 0.5\n{ROW}", at=date(2026, 12, 1)).row.rates.output == 7.5


def test_newer_rows_age_from_when_they_were_checked_and_the_table_from_its_own_date():
    assert rates(ROW, at=date(2027, 3, 1)).doubt is None
    assert rates(ROW, at=date(2027, 3, 2)).doubt == "rates_old"
    assert rates(ROW, "claude-haiku-5-5", at=date(2027, 3, 1)).doubt == "rates_old"


def test_a_row_ends_where_the_next_one_begins():
    later = ROW + ROW.replace("checked = 2026-12-01", "").replace("2026-12-01", "2027-01-01").replace(
        "= 3\n", "= 2\n"
    )
    assert rates(later, at=date(2026, 12, 31)).row.rates.input == 3
    assert rates(later, at=date(2027, 1, 1)).row.rates.input == 2


def test_rows_can_have_bands():
    long = ROW.replace("checked = 2026-12-01", "over_prompt_tokens = 50_000").replace("= 3\n", "= 30\n")
    long = long.replace("over_prompt_tokens = 50_000\n[[rows]]", "[[rows]]\nover_prompt_tokens = 50_000")
    assert rates(ROW + long, at=date(2026, 12, 1), prompt_tokens=50_000).row.rates.input == 3
    assert rates(ROW + long, at=date(2026, 12, 1), prompt_tokens=50_001).row.rates.input == 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("discoun = 1", "rates.toml: unknown key 'discoun'; did you mean 'discount'?"),
        ("zebra = 1", "unknown key 'zebra'; the keys are dated, discount"),
        ("discount = 0.1", "needs `dated`"),
        (
            "dated = 2026-10-01\ndiscount = 15",
            r"discount: 15.0 is more than the whole; 15 % off the list is 0.15",
        ),
        ("dated = 2026-10-01\ndiscount = -0.1", "discount: -0.1 cannot be"),
        ("dated = 2026-10-01\nmultiplier = nan", "multiplier: nan cannot be"),
        ("dated = 2026-10-01\nmultiplier = 1e300", "multiplier: 1e.300 cannot be; .* up to 1,000,000,000"),
        ("dated = 2026-10-01\n[models.x]\ninput = 1\noutput = 1e300", 'models."x": output: 1e.300 cannot be'),
        ("dated = 2026-10-01\nmultiplier = true", "multiplier: True is no number"),
        ("dated = 2026-10-01\nmultiplier = '1'", "multiplier: '1' is no number"),
        ("dated = 2026-10-01\nmultiplier = 1\ndiscount = 0", "either discount or multiplier"),
        ("dated = '2026-10-01'\ndiscount = 0.1", "write it without quotes"),
        ("dated = 2026-10-01T00:00:00\ndiscount = 0.1", "dated: .* is no date"),
        ("models = 3", "models: must be a table"),
        ("dated = 2026-10-01\n[models]\nx = 3", 'models."x": must be a table'),
        ("dated = 2026-10-01\n[models.x]\n", 'models."x": says nothing'),
        ("dated = 2026-10-01\n[models.x]\ninput = 1", 'models."x": needs `output`'),
        ("dated = 2026-10-01\n[models.x]\ninput = 1\noutput = -5", 'models."x": output: -5 cannot be'),
        ("dated = 2026-10-01\n[models.x]\ninput = 1\noutput = 5\ndiscount = 0.1", "not both"),
        ("dated = 2026-10-01\n[models.x]\ncached = 1", 'models."x": unknown key .cached.'),
        (
            "dated = 2026-10-01\nmodels.claude-opus-4-5.discount = 0\nmodels.claude-opus-4-5-20251101.discount = 0",
            "models: two of .* are the same model",
        ),
        ("rows = 3", "rows must be an array of tables"),
        ("checked = 2026-12-01", "`checked` is about rows"),
        (ROW.replace("checked = 2026-12-01", ""), "rows need `checked`"),
        (ROW.replace('model = "claude-opus-5-5"', ""), r"rows\[0\]: needs `model` and `valid_from`"),
        (ROW.replace("output = 15", ""), r"rows\[0\]: needs `output`"),
        (ROW + "valid_until = 2026-12-01", r"rows\[0\]: valid_until: .* is not after"),
        (ROW + "over_prompt_tokens = -1", "over_prompt_tokens: -1 is no number of tokens"),
        (ROW + "over_prompt_tokens = 9", "rows: claude-opus-5-5: .* need a row for shorter prompts"),
        (ROW + "speed = 'slow'", "speed: 'slow' is neither standard nor fast"),
        (
            ROW + ROW.replace("checked = 2026-12-01", ""),
            "rows: claude-opus-5-5: two standard rows apply on 2026-12-01",
        ),
        ("dated = ", r"rates\.toml: Invalid"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(text, message):
    with pytest.raises(RatesError, match=message) as raised:
        rates(text)
    assert "rates.toml: " in str(raised.value)


def test_a_file_that_is_no_text_is_refused():
    Path("rates.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RatesError, match=r"rates\.toml"):
        load(Path("rates.toml"))


# Where they are set.

SET = "[tool.otel-claude.rates]\ndated = 2026-10-01\ndiscount = 0.5\n"


def test_nothing_is_set_by_default():
    assert configured() is None
    Path("pyproject.toml").write_text(OUTSIDE)
    assert configured() is None


def test_the_project_sets_them_for_its_subdirectories(monkeypatch):
    Path("pyproject.toml").write_text(OUTSIDE + SET)
    Path("a/b").mkdir(parents=True)
    Path("a/pyproject.toml").write_text("[tool.otel-claude.lint]\nselect = ['ALL']\n")
    monkeypatch.chdir("a/b")
    assert configured().multiplier == 0.5


def test_what_lies_above_the_repository_does_not_count(monkeypatch):
    Path("pyproject.toml").write_text(SET)
    Path("inner/.git").mkdir(parents=True)
    monkeypatch.chdir("inner")
    assert configured() is None


def test_a_pyproject_without_our_name_is_not_parsed():
    Path("pyproject.toml").write_text("this is no TOML")
    assert configured() is None


@pytest.mark.parametrize("text", [SET, "dated = 2026-10-01\ndiscount = 0.5\n"])
def test_the_variable_names_a_file_to_read_in_place_of_the_projects(monkeypatch, text):
    Path("pyproject.toml").write_text("[tool.otel-claude.rates]\nzebra = 1\n")
    Path("rates.toml").write_text(text)
    monkeypatch.setenv("OTEL_CLAUDE_RATES", "rates.toml")
    found = configured()
    assert (found.multiplier, found.file) == (0.5, Path.cwd() / "rates.toml")


def test_a_named_file_that_is_not_there_or_sets_nothing_is_an_error(monkeypatch):
    monkeypatch.setenv("OTEL_CLAUDE_RATES", "missing.toml")
    with pytest.raises(RatesError, match=r"missing\.toml: cannot be read: No such file"):
        configured()
    Path("other.toml").write_text("[tool.black]\nx = 1\n")
    monkeypatch.setenv("OTEL_CLAUDE_RATES", "other.toml")
    with pytest.raises(RatesError, match=r"has no \[tool\.otel-claude\.rates\]"):
        configured()


def test_an_error_in_the_project_names_the_table():
    Path("pyproject.toml").write_text("[tool.otel-claude.rates]\nzebra = 1\n")
    with pytest.raises(RatesError, match=r"pyproject\.toml: \[tool\.otel-claude\.rates\]: unknown key"):
        configured()


def test_a_table_that_means_nothing_is_an_error():
    Path("pyproject.toml").write_text("[tool.otel-claude.rate]\ndiscount = 0.5\n")
    with pytest.raises(RatesError, match=r"unknown table 'rate'; did you mean \[tool\.otel-claude\.rates\]"):
        configured()


def test_an_empty_table_sets_nothing():
    Path("pyproject.toml").write_text("[tool.otel-claude.rates]\n")
    assert (
        rates_at("claude-opus-5-5", TABLE_DATE, prompt_tokens=1, overrides=configured().overrides).source
        == "table"
    )
