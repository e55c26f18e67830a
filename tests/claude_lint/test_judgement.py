"""What traces mute and confirm, and what they leave alone."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from claude_lint.findings import Confidence, Finding, Measured, Place, Severity, Step
from claude_lint.result import Call
from claude_lint.running.judgement import LEAST_CALLS, judged

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
PLACE = Place("app.py", 3, 1, 5, 2)
CALL = Call(PLACE, "answer", max_tokens=(4096,))
CACHED = Measured(
    1_204, 9.0, 0.94, cache_savings_usd=5.0, output_p99=300, first=NOON - timedelta(days=7), last=NOON
)
WASTED = replace(CACHED, cache_hit_ratio=0.0, cache_savings_usd=-0.0754)
UNCACHED = replace(CACHED, cache_hit_ratio=0.0, cache_savings_usd=0.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose files were changed long before the calls."""
    for name in ("app.py", "helper.py"):
        (tmp_path / name).write_text("old\n")
    return tmp_path


@pytest.fixture(autouse=True)
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests write files now, which is after all calls: `changed` says when a file counts as changed."""
    real = Path.stat

    def aged(path: Path, **named: bool) -> os.stat_result:
        found = real(path, **named)
        if path.suffix != ".py":
            return found
        values = list(found)
        values[8] = values[9] = int((NOON - timedelta(days=CHANGED.get(path.name, 30))).timestamp())
        return os.stat_result(values)

    CHANGED.clear()
    monkeypatch.setattr(Path, "stat", aged)


CHANGED: dict[str, float] = {}
"""How many days before NOON a file was changed; 30 where it does not say."""


def finding(code: str, severity: Severity = Severity.WARNING, *others: Place) -> Finding:
    chain = (Step(Place("helper.py", 1), "made here"),)
    return Finding(code, "name", severity, Confidence.MEDIUM, "m", PLACE, PLACE, chain, others=others)


def judge(root: Path, code: str, measured: Measured | None, **more: Any) -> tuple[str | None, str | None]:
    """What mutes a finding and what confirms it."""
    found = {} if measured is None else {PLACE: measured}
    result = judged([finding(code, **more)], found, [CALL], root, TODAY)
    if result.muted:
        assert not result.findings
        return result.muted[0][1], None
    (kept,) = result.findings
    assert kept.confidence is (Confidence.MEDIUM if kept.evidence is None else Confidence.HIGH)
    return None, kept.evidence


@pytest.mark.parametrize(
    "code", ["CL101", "CL102", "CL103", "CL104", "CL105", "CL107", "CL110", "CL111", "CL405"]
)
def test_where_the_cache_is_read_a_finding_about_caching_is_muted_with_the_numbers(
    root: Path, code: str
) -> None:
    said = "94% of the input of 1,204 calls was read from the cache"
    assert judge(root, code, CACHED) == (said, None)


@pytest.mark.parametrize(
    "code", ["CL201", "CL203", "CL106", "CL301", "CL302", "CL305", "CL404", "CL501", "X1"]
)
def test_a_finding_about_anything_else_is_not_muted(root: Path, code: str) -> None:
    assert judge(root, code, CACHED)[0] is None


def test_a_mark_that_the_api_refuses_is_not_muted(root: Path) -> None:
    assert judge(root, "CL107", CACHED, severity=Severity.ERROR) == (None, None)


@pytest.mark.parametrize(
    ("code", "measured", "said"),
    [
        ("CL101", WASTED, "0% of the input of 1,204 calls was read from the cache, which cost $0.0754 more"),
        ("CL103", UNCACHED, "1,204 calls used no cache"),
        ("CL202", CACHED, "99 % of 1,204 answers have at most 300 tokens"),
        ("CL301", replace(CACHED, output_p99=3), "99 % of 1,204 answers have at most 3 tokens"),
    ],
)
def test_where_calls_do_as_badly_as_a_finding_says_it_gains_confidence(
    root: Path, code: str, measured: Measured, said: str
) -> None:
    muted, confirmed = judge(root, code, measured)
    assert muted is None
    assert confirmed is not None
    assert confirmed.startswith(said)


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (replace(CACHED, cut_off=3), "3 of 1,204 answers came up to the limit"),
        (replace(CACHED, output_p99=2_100), "of 1,204 answers, one in a hundred has 2,100 tokens or more"),
    ],
)
def test_a_limit_that_answers_come_near_is_not_too_large(root: Path, measured: Measured, said: str) -> None:
    assert judge(root, "CL202", measured) == (said, None)


@pytest.mark.parametrize(
    "measured",
    [
        None,
        replace(CACHED, calls=LEAST_CALLS - 1),
        replace(CACHED, cache_hit_ratio=0.89),
        replace(CACHED, cache_hit_ratio=None),
        replace(CACHED, cache_savings_usd=-0.1),
        replace(CACHED, first=NOON - timedelta(days=60), last=NOON - timedelta(days=31)),
        replace(CACHED, first=None, last=None),
    ],
)
def test_on_little_old_or_mixed_evidence_nothing_is_muted(root: Path, measured: Measured | None) -> None:
    assert judge(root, "CL101", measured) == (None, None)


def test_a_finding_about_several_calls_is_muted_only_where_it_is_disproved_of_each(root: Path) -> None:
    other = Place("helper.py", 9, 1, 9, 9)
    calls = [CALL, Call(other, "other")]
    shared = finding("CL101", Severity.WARNING, other)

    def judge_both(measured: dict[Place, Measured]) -> tuple[int, bool]:
        result = judged([shared], measured, calls, root, TODAY)
        return len(result.muted), any(each.evidence for each in result.findings)

    assert judge_both({PLACE: CACHED}) == (0, False)
    assert judge_both({PLACE: CACHED, other: CACHED}) == (1, False)
    assert judge_both({PLACE: CACHED, other: WASTED}) == (0, False)
    assert judge_both({other: WASTED}) == (0, True)


@pytest.mark.parametrize("changed", ["app.py", "helper.py"])
def test_what_was_changed_since_the_calls_began_is_judged_anew(root: Path, changed: str) -> None:
    CHANGED[changed] = 6.9
    assert judge(root, "CL101", CACHED) == (None, None)
    assert judge(root, "CL101", WASTED) == (None, None)


def test_a_file_that_is_gone_is_not_as_it_was(root: Path) -> None:
    (root / "helper.py").unlink()
    assert judge(root, "CL101", CACHED) == (None, None)


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path) -> str:
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "x", "--allow-empty")
    return git(root, "rev-parse", "HEAD")


def test_after_a_fresh_checkout_git_tells_whether_the_code_is_that_of_the_calls(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    first = commit(root)
    CHANGED.update({"app.py": -1, "helper.py": -1})
    (root / "other.py").write_text("new\n")
    second = commit(root)
    assert judge(root, "CL101", CACHED) == (None, None)
    assert judge(root, "CL101", replace(CACHED, revisions=(first, second)))[0] is not None
    (root / "helper.py").write_text("changed\n")
    assert judge(root, "CL101", replace(CACHED, revisions=(second,))) == (None, None)
    assert judge(root, "CL101", replace(CACHED, revisions=(commit(root),)))[0] is not None
    assert judge(root, "CL101", replace(CACHED, revisions=(first,))) == (None, None)


def test_calls_of_another_branch_say_nothing(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    commit(root)
    git(root, "checkout", "-q", "-b", "other")
    elsewhere = commit(root)
    git(root, "checkout", "-q", "main")
    CHANGED.update({"app.py": -1, "helper.py": -1})
    assert judge(root, "CL101", replace(CACHED, revisions=(elsewhere,))) == (None, None)
    assert judge(root, "CL101", replace(CACHED, revisions=("0" * 40,))) == (None, None)
