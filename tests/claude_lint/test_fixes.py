"""What fixes do to files, and what they leave alone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from claude_lint import Config, LintError, Result, lint
from claude_lint.findings import Confidence, Edit, Finding, Fix, Place, Severity
from claude_lint.reading.sourcelines import LINE_END
from claude_lint.running.fixes import Fixed, apply, fix, unified_diff, write
from claude_rules import RULES
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

OLD = """\
import anthropic
client = anthropic.Anthropic()
client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[])
"""
NEW = OLD.replace("claude-sonnet-4-5", "claude-sonnet-5-5")


def finding(*edits: Edit, code: str = "CL303") -> Finding:
    place = edits[0].place
    return Finding(
        code, "x", Severity.WARNING, Confidence.HIGH, "m", place, place, fix=Fix("f", "safe", edits)
    )


def at(start: tuple[int, int], end: tuple[int, int], text: str, path: str = "a.py") -> Edit:
    return Edit(Place(path, *start, *end), text)


def run(root: Path, *paths: str) -> Callable[..., Result]:
    def again(texts: dict[str, bytes]) -> Result:
        return lint(
            [Path(path) for path in paths or (".",)],
            root=root,
            config=Config(),
            rules=RULES,
            as_of=date(2026, 11, 20),
            replaced=texts,
        )

    return again


def fixed_file(root: Path, name: str, data: bytes, *, unsafe: bool = True) -> bytes:
    """The file after it was fixed; fixing it once more must change nothing."""
    (root / name).write_bytes(data)
    write(fix(run(root), unsafe=unsafe), root)
    after = (root / name).read_bytes()
    assert fix(run(root), unsafe=unsafe).after == {}
    return after


def test_unsafe_fixes_wait_to_be_asked_for(tmp_path: Path) -> None:
    assert fixed_file(tmp_path, "a.py", OLD.encode(), unsafe=False) == OLD.encode()
    assert fixed_file(tmp_path, "a.py", OLD.encode()) == NEW.encode()


@pytest.mark.parametrize(
    ("encoding", "newline"),
    [("utf-8", "\n"), ("utf-8", "\r\n"), ("utf-8", "\r"), ("utf-8-sig", "\r\n"), ("latin-1", "\r\n")],
)
def test_a_file_keeps_its_encoding_byte_order_mark_and_line_ends(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    head = f"# -*- coding: {encoding.removesuffix('-sig')} -*-\n# é\n"
    before, after = ((head + text).replace("\n", newline).encode(encoding) for text in (OLD, NEW))
    assert fixed_file(tmp_path, "a.py", before) == after


@pytest.mark.parametrize(
    "style",
    [
        {"indent": 1, "ensure_ascii": False},
        {"indent": 4},
        {"indent": "\t"},
        {"separators": (",", ":")},
        {},
    ],
)
def test_a_notebook_keeps_everything_but_the_lines_that_change(
    tmp_path: Path, style: dict[str, object]
) -> None:
    def notebook(code: str) -> bytes:
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": ["é ", "x\n"]},
            {"cell_type": "code", "outputs": [1.50, 1e300], "metadata": {"z": 1, "a": None}, "source": code},
            {"cell_type": "code", "metadata": {}, "source": code.splitlines(keepends=True), "outputs": []},
        ]
        return (json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}, **style) + "\n").encode()

    assert fixed_file(tmp_path, "n.ipynb", notebook("%time\n" + OLD)) == notebook("%time\n" + NEW)


def test_a_notebook_that_is_written_in_a_way_of_its_own_is_left_alone(tmp_path: Path) -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": OLD}], "metadata": {}}, indent=1)
    odd = text.replace('"metadata": {}', '"metadata" :{}').encode()
    assert fixed_file(tmp_path, "n.ipynb", odd) == odd


def test_edits_that_share_text_are_not_applied_together() -> None:
    first, second = finding(at((1, 1), (1, 5), "x")), finding(at((1, 4), (1, 6), "y"))
    taken, changed = apply([first, second], lambda _: b"abcdef\n")
    assert (taken, changed) == ((first,), {"a.py": b"xef\n"})


def test_the_same_edit_of_two_findings_is_applied_once() -> None:
    edit = at((1, 1), (1, 2), "xx")
    both = finding(edit), finding(edit, code="CL304")
    assert apply(both, lambda _: b"a\n") == (both, {"a.py": b"xx\n"})


def test_a_fix_is_applied_as_a_whole_or_not_at_all() -> None:
    whole = finding(at((1, 1), (1, 2), "x"), at((1, 1), (1, 2), "y", "b.py"))
    blocked = finding(at((1, 3), (1, 4), "z"), at((1, 1), (1, 3), "z", "b.py"))
    taken, changed = apply([whole, blocked], lambda _: b"abcd\n")
    assert (taken, changed) == ((whole,), {"a.py": b"xbcd\n", "b.py": b"ybcd\n"})


def test_several_edits_of_a_file_keep_their_places() -> None:
    one = finding(at((1, 1), (1, 2), "long\ntext"), at((2, 2), (2, 2), "!=1"))
    assert apply([one], lambda _: b"a\r\nb\r\n")[1] == {"a.py": b"long\r\ntext\r\nb!=1\r\n"}


@pytest.mark.parametrize("broken", ["(", "f(a=1, a=2)", "return 1", "\x00"])
def test_a_fix_that_would_break_the_file_is_not_applied_and_the_others_are(broken: str) -> None:
    bad, good = finding(at((1, 1), (1, 2), broken)), finding(at((2, 1), (2, 2), "c"))
    assert apply([bad, good], lambda _: b"a\nb\n") == ((good,), {"a.py": b"a\nc\n"})


def test_text_that_the_files_encoding_lacks_is_not_written() -> None:
    data = b"# coding: latin-1\na\n"
    assert apply([finding(at((2, 1), (2, 2), "日"))], lambda _: data) == ((), {})


@pytest.mark.parametrize("place", [(9, 1), (1, 99), (0, 1), (1, 0)])
def test_an_edit_outside_the_text_is_not_applied(place: tuple[int, int]) -> None:
    assert apply([finding(at(place, place, "x"))], lambda _: b"a\n") == ((), {})


def test_fixes_that_undo_each_other_end_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1\n")

    def seesaw(texts: dict[str, bytes]) -> Result:
        result = run(tmp_path)(texts)
        now = texts.get("a.py", b"1\n")
        edit = at((1, 1), (1, 2), "2" if now == b"1\n" else "1")
        return Result(tmp_path, (finding(edit),), (), (), ("a.py",), 1, result.sources)

    with pytest.raises(LintError, match=r"a\.py after 10 rounds; nothing was written"):
        fix(seesaw, unsafe=False)


def test_a_file_that_nobody_named_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a\n")
    (tmp_path / "b.py").write_text("b\n")

    def elsewhere(texts: dict[str, bytes]) -> Result:
        sources = run(tmp_path)(texts).sources
        edit = at((1, 1), (1, 2), "c", "b.py")
        return Result(tmp_path, (finding(edit),), (), (), ("a.py",), 1, sources)

    assert fix(elsewhere, unsafe=True).after == {}


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(OLD)
    fixed = fix(run(tmp_path), unsafe=True)
    file.write_text("mine\n")
    with pytest.raises(LintError, match=r"a\.py: changed while it was fixed"):
        write(fixed, tmp_path)
    assert file.read_text() == "mine\n"


def test_mode_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text(OLD)
    (tmp_path / "real.txt").chmod(0o750)
    (tmp_path / "a.py").symlink_to("real.txt")
    write(fix(run(tmp_path, "a.py"), unsafe=True), tmp_path)
    assert (tmp_path / "a.py").is_symlink()
    assert (tmp_path / "real.txt").read_text() == NEW
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o750
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.py", "real.txt"]


def test_the_diff_is_a_patch_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OLD.rstrip())
    assert unified_diff(fix(run(tmp_path), unsafe=True)).splitlines() == [
        "--- a/a.py",
        "+++ b/a.py",
        "@@ -1,3 +1,3 @@",
        " import anthropic",
        " client = anthropic.Anthropic()",
        '-client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[])',
        "\\ No newline at end of file",
        '+client.messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=[])',
        "\\ No newline at end of file",
    ]
    assert Fixed(run(tmp_path)({}), {}, {}).after == {}


@given(
    st.lists(st.sampled_from(["a", "é", "日", "\n", "\r\n", "\r", "\x0c", "\u2028"]), max_size=30).map(
        "".join
    ),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), max_size=6),
)
def test_edits_replace_their_own_text_and_nothing_else(text: str, spans: list[tuple[int, int]]) -> None:
    text = "# " + LINE_END.sub("\n# ", text) + "\n"

    def spot(offset: int) -> tuple[int, int]:
        before = text[:offset].split("\n")
        return len(before), len(before[-1]) + 1

    edits = []
    for start, length in spans:
        end = start + length
        if end < len(text) and "\n" not in text[start:end] and start - text.rfind("\n", 0, start) > 2:
            edits.append((start, end, finding(at(spot(start), spot(end), "X"))))
    taken, changed = apply([each for _, _, each in edits], lambda _: text.encode())
    expected = text
    for start, end, _ in sorted(
        {(start, end, "") for start, end, each in edits if each in taken}, reverse=True
    ):
        expected = expected[:start] + "X" + expected[end:]
    assert changed.get("a.py", text.encode()).decode() == expected


EXAMPLES = [
    pytest.param(rule.code, example.code, id=f"{rule.code}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.invalid)
]


@pytest.mark.parametrize(("code", "example"), EXAMPLES)
def test_fixing_every_example_of_every_rule_settles_and_removes_what_it_fixed(
    tmp_path: Path, code: str, example: str
) -> None:
    (tmp_path / "a.py").write_text(example)
    before = run(tmp_path)({}).findings
    after = fixed_file(tmp_path, "a.py", example.encode())
    compile(after, "a.py", "exec")
    left = run(tmp_path)({}).findings
    fixable = [each for each in before if each.fix is not None and each.fix.edits]
    assert (after != example.encode()) is bool(fixable)
    assert len(left) <= len(before) - len(fixable)
