"""A second run finds what the first one found, and nothing that is not so any more."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import claude_lint.running.run
import pytest
from claude_lint import Config, Result, lint
from claude_lint.running.cache import Cache
from claude_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.running.analysis import Analysis

CALL = """\
import anthropic
client = anthropic.Anthropic()
def ask(question):
    return client.messages.create(model="claude-sonnet-4-5", messages=[question])  # claude-lint: ignore[CL201]
"""
CONFIG = Config()
FIXED = CALL.replace("messages=[question]", "messages=[question], max_tokens=9")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "project"
    (root / "app").mkdir(parents=True)
    put(root, "app/a.py", CALL)
    put(root, "b.py", "x = 1\n")
    return root


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files that are really analysed, in order."""
    seen: list[str] = []
    real = claude_lint.running.run.analyse

    def noting(path: str, *rest: object) -> Analysis:
        seen.append(path)
        return real(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(claude_lint.running.run, "analyse", noting)
    return seen


def put(root: Path, name: str, text: str, age: float = 60) -> None:
    """Write a file that was last changed `age` seconds ago, as its directory."""
    (root / name).write_text(text)
    then = time.time() - age
    for path in (root / name, (root / name).parent):
        os.utime(path, (then, then))


def run(
    root: Path, *paths: str, settings: tuple[str, ...] = (), config: Config = CONFIG, **more: object
) -> Result:
    cache = Cache(root.parent / "cache", root, ("2026-11-20", *settings))
    return lint(
        [Path(path) for path in paths or (".",)],
        root=root,
        config=config,
        rules=RULES,
        as_of=date(2026, 11, 20),
        cache=cache,
        **more,  # type: ignore[arg-type]
    )


def shown(result: Result) -> object:
    return result.findings, result.errors, result.calls, result.paths, result.suppressed, result.parsed


def test_a_second_run_analyses_nothing_and_says_the_same(root: Path, analysed: list[str]) -> None:
    put(root, "app/broken.py", "anthropic.messages.create(model=(\n")
    first = run(root)
    assert analysed == ["app/a.py", "app/broken.py"]
    assert shown(run(root)) == shown(first)
    assert shown(run(root)) == shown(
        lint([Path()], root=root, config=Config(), rules=RULES, as_of=date(2026, 11, 20))
    )
    assert len(analysed) == 3 + 1
    assert (len(first.findings), len(first.suppressed), len(first.errors)) == (1, 1, 1)


def test_a_second_run_reads_no_file_that_has_not_changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(root)
    monkeypatch.setattr("claude_lint.reading.files.Files._from_disk", None)
    assert len(run(root).calls) == 1


@pytest.mark.parametrize("age", [60.0, 0.0])
def test_a_file_that_changed_is_analysed_again(root: Path, age: float) -> None:
    assert len(run(root).suppressed) == 1
    put(root, "app/a.py", FIXED, age=age)
    result = run(root)
    assert result.suppressed == ()
    assert [each.code for each in result.findings] == ["CL303", "CL901"]


def test_a_change_of_equal_length_within_the_clocks_tick_is_seen(root: Path) -> None:
    put(root, "app/a.py", CALL, age=0.5)
    status = (root / "app/a.py").stat()
    assert [each.code for each in run(root).findings] == ["CL303"]
    with (root / "app/a.py").open("r+") as stream:
        stream.write(CALL.replace("claude-sonnet-4-5", "claude-sonnet-5-5"))
    os.utime(root / "app/a.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run(root).findings == ()


def test_files_come_and_go(root: Path) -> None:
    run(root)
    put(root, "app/c.py", CALL)
    assert run(root).paths == ("app/a.py", "app/c.py", "b.py")
    (root / "app/a.py").unlink()
    os.utime(root / "app", (0, 0))
    assert run(root).paths == ("app/c.py", "b.py")
    shutil.rmtree(root / "app")
    assert run(root).paths == ("b.py",)


def test_ignore_files_count_when_they_change(root: Path) -> None:
    (root / ".git").mkdir()
    put(root, ".gitignore", "b.py\n")
    assert run(root).paths == ("app/a.py",)
    put(root, ".gitignore", "app/\n")
    assert run(root).paths == ("b.py",)


def test_an_ignore_file_below_counts_when_it_comes_changes_and_goes(root: Path) -> None:
    put(root, "app/c.py", CALL)
    assert run(root).paths == ("app/a.py", "app/c.py", "b.py")
    put(root, "app/.gitignore", "a.py\n")
    assert run(root).paths == ("app/c.py", "b.py")
    status = (root / "app").stat()
    put(root, "app/.gitignore", "c.py\n")
    os.utime(root / "app", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run(root).paths == ("app/a.py", "b.py")
    (root / "app/.gitignore").unlink()
    assert run(root).paths == ("app/a.py", "app/c.py", "b.py")


def test_other_exclusions_are_other_files(root: Path) -> None:
    assert run(root).paths == ("app/a.py", "b.py")
    assert run(root, config=Config(exclude=("app",))).paths == ("b.py",)
    assert run(root, config=Config(exclude=("b.py",))).paths == ("app/a.py",)
    assert run(root).paths == ("app/a.py", "b.py")


def test_a_directory_that_was_touched_is_listed_once_more(root: Path) -> None:
    run(root)
    os.utime(root / "app", (1_000_000, 1_000_000))
    assert run(root).paths == ("app/a.py", "b.py")
    listings = json.loads((root.parent / "cache/index.json").read_text())["listings"]
    assert listings[f"{root}/app/"][0] == 1_000_000 * 10**9


def test_another_day_and_other_rules_are_other_results(root: Path, analysed: list[str]) -> None:
    run(root)
    run(root, settings=("another",))
    assert analysed == ["app/a.py", "app/a.py"]


def test_content_that_comes_back_is_known(root: Path, analysed: list[str]) -> None:
    for text in (CALL, FIXED, CALL, FIXED):
        put(root, "app/a.py", text)
        run(root)
    assert len(analysed) == 2


def test_a_change_in_an_imported_file_counts(root: Path, analysed: list[str]) -> None:
    put(root, "app/llm.py", "MODEL = 'claude-sonnet-4-5'\n")
    put(root, "app/a.py", "from app.llm import MODEL\n" + CALL.replace('"claude-sonnet-4-5"', "MODEL"))
    assert {each.code for each in run(root).findings} == {"CL303"}
    put(root, "app/llm.py", "MODEL = 'claude-sonnet-5-5'\n")
    assert run(root).findings == ()
    (root / "app/llm.py").unlink()
    assert [call.models for call in run(root).calls] == [()]


def test_callers_of_a_wrapper_in_another_file_are_known(root: Path, analysed: list[str]) -> None:
    put(
        root,
        "app/llm.py",
        CALL.replace("(question)", "(question, model)").replace('"claude-sonnet-4-5"', "model"),
    )
    put(root, "b.py", "from app.llm import ask\nask('hi', 'claude-sonnet-4-5')\n")
    first = run(root)
    assert ("CL303", "b.py") in {(each.code, each.place.path) for each in first.findings}
    count = len(analysed)
    assert shown(run(root)) == shown(first)
    assert len(analysed) == count
    put(root, "b.py", "from app.llm import ask\nask('hi', 'claude-sonnet-5-5')\n")
    assert "b.py" not in {each.place.path for each in run(root).findings}
    assert run(root, "app").paths == ("app/a.py", "app/llm.py")
    (root / "app/llm.py").unlink()
    os.utime(root / "app", (0, 0))
    assert [call.place.path for call in run(root).calls] == ["app/a.py"]


def test_an_unchanged_file_is_a_caller_once_what_it_calls_leads_to_a_call(root: Path) -> None:
    put(root, "app/llm.py", "def answer(question, model):\n    return None\n")
    put(root, "b.py", "from app.llm import answer\nanswer('hi', 'claude-sonnet-4-5')\n")
    put(root, "c.py", "from app.a import ask\nask('hi')\n")
    assert {each.place.path for each in run(root).findings} == {"app/a.py"}
    wrapper = CALL.replace("ask(question)", "answer(question, model)").replace('"claude-sonnet-4-5"', "model")
    put(root, "app/llm.py", wrapper)
    for _ in range(2):
        assert ("CL303", "b.py") in {(each.code, each.place.path) for each in run(root).findings}
    put(root, "app/llm.py", "def answer(question, model):\n    return None\n")
    for _ in range(2):
        assert {each.place.path for each in run(root).findings} == {"app/a.py"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"engine": 1}', "\x00", "null"])
def test_a_cache_that_makes_no_sense_is_as_if_there_were_none(root: Path, text: str) -> None:
    first = run(root)
    for file in (root.parent / "cache").rglob("*.json"):
        file.write_text(text)
    assert shown(run(root)) == shown(first)
    assert shown(run(root)) == shown(first)


def test_wrong_shapes_in_an_index_are_as_if_there_were_none(root: Path) -> None:
    first = run(root)
    file = root.parent / "cache/index.json"
    good = json.loads(file.read_text())
    for key, value in (
        ("files", {"app/a.py": [1, 2]}),
        ("listings", {str(root) + "/": [1, 2, "", False, [], "x"]}),
        ("scopes", {"x": [["a"], {}]}),
        ("scopes", {"x": [[], {"a": [3]}]}),
        ("scopes", 3),
    ):
        file.write_text(json.dumps(good | {key: value}))
        assert shown(run(root)) == shown(first)


def test_a_cache_that_cannot_be_written_is_no_error(root: Path) -> None:
    (root.parent / "cache").write_text("in the way")
    assert len(run(root).findings) == 1


def test_the_cache_keeps_itself_out_of_version_control(root: Path) -> None:
    run(root)
    assert (root.parent / "cache/.gitignore").read_text() == "*\n"


def test_what_nothing_has_used_for_long_is_removed(root: Path) -> None:
    run(root)
    (old,) = (root.parent / "cache/results").glob("*.json")
    os.utime(old, (0, 0))
    put(root, "app/a.py", FIXED)
    run(root)
    assert not old.exists()
    put(root, "gone.py", CALL)
    run(root)
    (root / "gone.py").unlink()
    put(root, "b.py", "x = 2\n")
    run(root)
    assert "gone.py" not in json.loads((root.parent / "cache/index.json").read_text())["files"]


def test_runs_side_by_side_do_not_disturb_each_other(root: Path) -> None:
    for number in range(20):
        put(root, f"app/m{number}.py", CALL)
    code = (
        "import sys; from pathlib import Path; from datetime import date\n"
        "from claude_lint import Config, lint\nfrom claude_lint.running.cache import Cache\n"
        "from claude_rules import RULES\n"
        "root = Path(sys.argv[1])\n"
        "for _ in range(3):\n"
        "    cache = Cache(root.parent / 'cache', root, ('2026-11-20',))\n"
        "    done = lint([Path('.')], root=root, config=Config(), rules=RULES, as_of=date(2026, 11, 20), cache=cache)\n"
        "    print(len(done.findings), len(done.suppressed), len(done.errors))\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=-1, text=True) for _ in range(3)]
    assert {done.communicate(timeout=60)[0] for done in runs} == {"21 21 0\n" * 3}
    assert not list((root.parent / "cache").rglob("*.tmp"))
