"""What `[tool.otel-claude.lint]` may say, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from claude_lint.errors import LintError
from claude_lint.findings import Confidence, Severity
from claude_lint.running.config import Config, load

if TYPE_CHECKING:
    from pathlib import Path


def write(directory: Path, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pyproject.toml").write_text(text)


def test_every_key_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        [tool.otel-claude.lint]
        select = ["CL1"]
        ignore = ["CL105"]
        extend-select = ["missing-max-tokens"]
        exclude = ["gen/"]
        extend-exclude = ["old/"]
        force-exclude = true
        min-severity = "warning"
        min-confidence = "medium"
        baseline = "base.json"
        rules = ["tools/ours.py"]
        [tool.otel-claude.lint.per-file-ignores]
        "tests/**" = ["CL2"]
        """,
    )
    config = load(tmp_path)
    assert config.directory == tmp_path
    assert (config.select, config.ignore, config.extend_select) == (
        ("CL1",),
        ("CL105",),
        ("missing-max-tokens",),
    )
    assert (config.extend_exclude, config.force_exclude, config.baseline) == (("old/",), True, "base.json")
    assert (config.min_severity, config.min_confidence) == (Severity.WARNING, Confidence.MEDIUM)
    assert config.rules == ("tools/ours.py",)
    assert (config.exclude, config.per_file_ignores) == (("gen/",), (("tests/**", ("CL2",)),))


def test_the_nearest_file_with_our_table_is_used_and_the_search_ends_at_the_repository(
    tmp_path: Path,
) -> None:
    write(tmp_path, "[tool.otel-claude.lint]\nignore = ['CL2']")
    write(tmp_path / "a", "[project]\nname = 'a'")
    (tmp_path / "a/b").mkdir()
    assert load(tmp_path / "a/b").ignore == ("CL2",)
    (tmp_path / "a/.git").mkdir()
    assert load(tmp_path / "a/b") == Config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("selct = ['CL1']", "unknown key 'selct'; did you mean 'select'?"),
        ("zzz = 1", "unknown key 'zzz'; the keys are select"),
        ("select = 'CL1'", "select must be a list of strings"),
        ("ignore = [1]", "ignore must be a list of strings"),
        ("per-file-ignores = ['CL1']", "per-file-ignores must be a table"),
        ("per-file-ignores = {'a' = 'CL1'}", "per-file-ignores.'a' must be a list of strings"),
        ("select = [", "pyproject.toml"),
        ("force-exclude = 'yes'", "force-exclude must be true or false"),
        ("min-severity = 'high'", "min-severity must be one of error, warning, info"),
        ("min-confidence = 3", "min-confidence must be one of high, medium, low"),
        ("baseline = ['x']", "baseline must be a string"),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, f"[tool.otel-claude.lint]\n{text}")
    with pytest.raises(LintError) as caught:
        load(tmp_path)
    assert said in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_a_table_that_is_no_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "[tool.otel-claude]\nlint = true")
    with pytest.raises(LintError, match="must be a table"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[tool.otel-claude.lnit]\nignore = []",
            "unknown table 'lnit'; did you mean [tool.otel-claude.lint]?",
        ),
        ("[tool.otel-claude]\nignore = []", "unknown table 'ignore'; the tables are budgets, lint, rates"),
        (
            "[tool.otel-claude.lint]\n[tool.otel-claude.rate]\ndiscount = 0.5",
            "did you mean [tool.otel-claude.rates]?",
        ),
    ],
)
def test_a_table_that_means_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(LintError) as caught:
        load(tmp_path)
    assert said in str(caught.value)


def test_the_tables_of_the_other_commands_are_theirs(tmp_path: Path) -> None:
    write(tmp_path, "[tool.otel-claude.rates]\nanything = 1")
    assert load(tmp_path) == Config()


def test_selecting_on_the_command_line_sets_the_files_selection_aside_and_ignoring_adds_to_it() -> None:
    config = Config(select=("CL1",), ignore=("CL101",), extend_select=("CL501",), exclude=("gen/",))
    selecting = config.overridden(select=["CL101"])
    assert (selecting.select, selecting.ignore, selecting.extend_select) == (("CL101",), (), ())
    assert selecting.exclude == ("gen/",)
    excluding = config.overridden(exclude=["a/"], extend_exclude=["b/"])
    assert (excluding.exclude, excluding.given_exclude) == ((), ("a/", "b/"))
    assert config.overridden(min_severity=Severity.ERROR).min_severity is Severity.ERROR
    ignoring = config.overridden(ignore=["CL102"], extend_select=["CL204"])
    assert (ignoring.select, ignoring.ignore) == (("CL1",), ("CL101", "CL102"))
    assert ignoring.extend_select == ("CL501", "CL204")
