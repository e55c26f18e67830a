"""CL901: what is said of suppressions that are of no use, and how they are mended."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from claude_lint import Config, Result, lint
from claude_lint.running.fixes import fix, write
from claude_rules import RULES

DAY = date(2026, 11, 20)
CALL = """\
import anthropic
client = anthropic.Anthropic()
client.messages.create(model="claude-sonnet-5-5", messages=[])  {}
"""
CLEAN = CALL.replace("messages=[]", "messages=[], max_tokens=9")


def run(root: Path, text: str, *paths: str, config: Config | None = None, **more: object) -> Result:
    (root / "a.py").write_text(text)
    return lint(
        [Path(path) for path in paths or (".",)],
        root=root,
        config=config or Config(),
        rules=RULES,
        as_of=DAY,
        **more,  # type: ignore[arg-type]
    )


def said(result: Result) -> list[tuple[str, str]]:
    return [(each.code, each.message) for each in result.findings]


def fixed(root: Path, text: str) -> str:
    (root / "a.py").write_text(text)

    def again(texts: dict[str, bytes]) -> Result:
        return lint([Path()], root=root, config=Config(), rules=RULES, as_of=DAY, replaced=texts)

    write(fix(again, unsafe=False), root)
    return (root / "a.py").read_text()


@pytest.mark.parametrize(
    "comment",
    [
        "# claude-lint: ignore[CL201] why",
        "# claude-lint: ignore[CL2]",
        "# claude-lint: ignore[missing-max-tokens]",
        "# claude-lint: ignore",
        "# noqa: CL201",
        "# noqa",
        "# noqa: E501",
        "# claude-lint: ignore[CL201] until=2026-11-20 why",
        "# claude-lint: ignore[CL201] until=2027-01-31",
    ],
)
def test_a_suppression_that_is_needed_is_not_reported(tmp_path: Path, comment: str) -> None:
    needed = {code for code, _ in said(run(tmp_path, CALL.format(comment)))}
    assert needed == (set() if "E501" not in comment else {"CL201"})


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# claude-lint: ignore[CL201] why", "This suppression silences nothing: CL201 is not found here."),
        ("# claude-lint: ignore", "This suppression silences nothing."),
        ("# noqa: CL201", "This suppression silences nothing: CL201 is not found here."),
        ("# claude-lint: ignore[CL999]", "This suppression silences nothing: no rule is called CL999."),
        ("# claude-lint: ignore[]", "This suppression names no rule."),
        ("# claude-lint: ignore-file[CL201]", "This suppression silences nothing: CL201 is not found here."),
    ],
)
def test_one_that_silences_nothing_is_reported_and_removed(
    tmp_path: Path, comment: str, message: str
) -> None:
    text = CLEAN.format(comment)
    (only,) = run(tmp_path, text).findings
    assert (only.code, only.name, only.message) == ("CL901", "unused-suppression", message)
    assert (only.place.line, only.place.column) == (3, text.split("\n")[2].index("#") + 1)
    assert fixed(tmp_path, text) == CLEAN.format("").replace("  \n", "\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# claude-lint: ignore[CL201, CL303] why", "# claude-lint: ignore[CL201] why"),
        ("# noqa: E501, CL201, CL303", "# noqa: E501, CL201"),
        ("# type: ignore  # claude-lint: ignore[CL303]  # noqa: CL201", "# type: ignore  # noqa: CL201"),
        ("# noqa: CL303 the price  # noqa: CL201", None),
    ],
)
def test_only_what_silences_nothing_is_taken_out(tmp_path: Path, before: str, after: str | None) -> None:
    done = fixed(tmp_path, CALL.format(before))
    compile(done, "a.py", "exec")
    if after is not None:
        assert done == CALL.format(after)


def test_a_line_that_only_held_the_comment_goes_with_it(tmp_path: Path) -> None:
    text = CLEAN.format("")
    assert fixed(tmp_path, "# claude-lint: ignore-file[CL201] all\n" + text) == text


def test_text_behind_a_removed_noqa_stays_a_comment(tmp_path: Path) -> None:
    assert fixed(tmp_path, CLEAN.format("# noqa: CL201 because")) == CLEAN.format("# because")


def test_after_its_last_day_a_suppression_silences_nothing_and_says_so(tmp_path: Path) -> None:
    text = CALL.format("# claude-lint: ignore[CL201] until=2026-11-19 until the launch")
    assert said(run(tmp_path, text))[1:] == [
        ("CL901", "This suppression expired on 2026-11-19: what it silenced is shown.")
    ]
    assert [each.code for each in run(tmp_path, text).findings] == ["CL201", "CL901"]
    assert fixed(tmp_path, text) == text


def test_a_last_day_that_is_no_day_is_said(tmp_path: Path) -> None:
    text = CALL.format("# claude-lint: ignore[CL201] until=soon why")
    assert said(run(tmp_path, text)) == [
        ("CL901", "This suppression never expires: `until=` needs a day such as 2027-01-31, not soon.")
    ]


def test_nothing_is_said_of_rules_that_did_not_run_and_of_files_that_could_not_be_read(
    tmp_path: Path,
) -> None:
    text = CLEAN.format("# claude-lint: ignore[CL201]")
    assert said(run(tmp_path, text, config=Config(ignore=("CL201",)))) == []
    assert said(run(tmp_path, text, config=Config(select=("CL3",)))) == []
    assert said(run(tmp_path, text, config=Config(select=("CL2", "CL901")))) != []
    assert said(run(tmp_path, text, config=Config(ignore=("CL901",)))) == []
    assert said(run(tmp_path, text, config=Config(per_file_ignores=(("a.py", ("CL901",)),)))) == []
    assert said(run(tmp_path, text + "(\n")) == []


def test_in_a_run_about_single_files_only_comments_at_calls_are_judged(tmp_path: Path) -> None:
    """Elsewhere they may be meant for a call in a file that nobody looked at."""
    text = CLEAN.format("") + "GUIDE = 'x'  # claude-lint: ignore[CL101]\n"
    assert said(run(tmp_path, text, "a.py")) == []
    assert [code for code, _ in said(run(tmp_path, text, "."))] == ["CL901"]
    assert [code for code, _ in said(run(tmp_path, CLEAN.format("# claude-lint: ignore"), "a.py"))] == [
        "CL901"
    ]


def test_a_comment_that_configuration_makes_superfluous_is_left_alone(tmp_path: Path) -> None:
    config = Config(per_file_ignores=(("a.py", ("CL201",)),))
    result = run(tmp_path, CALL.format("# claude-lint: ignore[CL201]"), config=config)
    assert (result.findings, result.suppressed) == ((), ())
