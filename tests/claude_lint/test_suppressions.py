"""Which comments silence which findings."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from claude_lint.findings import Confidence, Finding, Place, Severity
from claude_lint.reading.sourcelines import SourceLines, split_lines
from claude_lint.running.suppressions import Suppressions, in_text
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2026, 11, 20)


def finding(place: Place, call: Place | None = None, code: str = "CL101") -> Finding:
    name = {"CL101": "dynamic-cached-prefix", "CL201": "missing-max-tokens"}[code]
    return Finding(code, name, Severity.WARNING, Confidence.HIGH, "", place, call or place)


def silenced(
    text: str, place: Place, call: Place | None = None, code: str = "CL101", path: str = "a.py"
) -> bool:
    suppressions = Suppressions(SourceLines(Path("/"), {path: text.encode()}), TODAY)
    return suppressions.silencing(finding(place, call, code)) is not None


@pytest.mark.parametrize(
    ("comment", "works"),
    [
        ("# claude-lint: ignore[CL101] the clock is on purpose", True),
        ("# claude-lint: ignore[CL201, CL101]", True),
        ("# claude-lint: ignore[dynamic-cached-prefix]", True),
        ("# claude-lint: ignore[CL1]", True),
        ("#claude-lint:ignore", True),
        ("# type: ignore  # claude-lint: ignore[CL101]  # noqa: E501", True),
        ("# claude-lint: ignore[CL201]", False),
        ("# claude-lint: ignore[]", False),
        ("# claude-lint: ignored", False),
        ("# claude-lint: ignore-files", False),
        ("# noqa: CL101", True),
        ("# NOQA:E501,CL101", True),
        ("# noqa: E501 CL101", True),
        ("# noqa", True),
        ("# noqa: E501", False),
        ("# noqa:E501", False),
        ("# noqa-like", False),
        ("# a comment", False),
    ],
)
def test_a_comment_on_the_line_silences_the_rules_that_it_names(comment: str, works: bool) -> None:
    assert silenced(f"call()  {comment}\n", Place("a.py", 1, 1, 1, 7)) is works


def test_a_comment_works_on_both_ends_of_the_place_and_on_the_first_line_of_the_call() -> None:
    text = "create(\n  system='''a\n  b\n  c''',  {}\n)  {}\n"
    place, call = Place("a.py", 2, 10, 4, 6), Place("a.py", 1, 1, 5, 2)
    mark = "# claude-lint: ignore"
    assert silenced(text.format(mark, ""), place, call)
    assert not silenced(text.format("", mark), place, call)
    assert silenced(text.replace("create(", f"create(  {mark}").format("", ""), place, call)


def test_a_comment_at_the_call_silences_a_finding_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "prompts.py").write_text("TEXT = now()\n")
    (tmp_path / "app.py").write_text("create(TEXT)  # noqa: CL101\n")
    suppressions = Suppressions(SourceLines(tmp_path), TODAY)
    assert suppressions.silencing(finding(Place("prompts.py", 1), Place("app.py", 1)))
    assert not suppressions.silencing(finding(Place("prompts.py", 1), Place("prompts.py", 1)))


def test_what_looks_like_a_comment_inside_a_string_silences_nothing() -> None:
    assert not silenced("call('# claude-lint: ignore')\n", Place("a.py", 1))
    assert not silenced("x = '''\n# noqa\n'''\n", Place("a.py", 2))


def test_a_comment_for_the_file_silences_its_rules_on_every_line() -> None:
    text = "import x\n\n# claude-lint: ignore-file[CL101] generated\ncall()\n"
    assert silenced(text, Place("a.py", 1))
    assert silenced(text, Place("a.py", 4))
    assert not silenced(text, Place("a.py", 4), code="CL201")


def test_notebooks_are_read_by_cell_and_magics_are_no_obstacle() -> None:
    cells = [
        {"cell_type": "markdown", "source": "# noqa"},
        {"cell_type": "code", "source": ["!echo don't\n", "%pip install x\n", "call()  # noqa: CL101\n"]},
        {"cell_type": "code", "source": "\n\ncall()"},
    ]
    text = json.dumps({"cells": cells})
    assert silenced(text, Place("n.ipynb", 3, cell=1), path="n.ipynb")
    assert not silenced(text, Place("n.ipynb", 3, cell=2), path="n.ipynb")


def test_a_suppression_says_where_it_is_and_why() -> None:
    text = "\ncall()  # type: ignore  # claude-lint: ignore[CL101, x] on purpose\n"
    (each,) = in_text(split_lines(text), "a.py")
    assert (each.line, each.rules, each.reason, each.kind) == (2, ("CL101", "x"), "on purpose", "ignore")
    assert text.split("\n")[1][each.column - 1 :].startswith("# claude-lint")


@given(st.text(alphabet="# noqa:claude-lint[]'\"\\\n\r\t%!(){}\x0cé", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    list(in_text(split_lines(text), "a.py"))
