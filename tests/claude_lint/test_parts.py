"""A module in parts, and what is parsed of it when one of its names is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import pytest
from claude_lint.following.wrappers import Words, Wrapper
from claude_lint.reading.files import Files
from claude_lint.reading.parts import parts_of
from claude_lint.reading.places import Places, is_placed
from claude_lint.reading.source import parse, parse_parts
from claude_lint.reading.walk import descendants

if TYPE_CHECKING:
    from pathlib import Path

    from claude_lint.findings import Place
    from claude_lint.reading.source import Cell, Source

MODULE = '''\
"""A module."""
import os

LIMIT = 5

@decorated(
    "x",
)
@again
def ask(
    question,
) -> str:
    """What is asked:
class Not:
    """
    return question + """
def neither(): pass
"""

async def later(): return 1
class Home:
    # a comment
# and one at the left
    rooms = 3

if os.name == "nt":
    def there(): ...
else:
    there = None
'''


def described(cell: Cell, source: Source) -> list[tuple[str, Place]]:
    """The nodes of a cell with their places."""
    nodes = (node for node in descendants(cell.module) if is_placed(type(node)))
    return [(type(node).__name__, source.place(node)) for node in nodes]


def names(text: str) -> list[str]:
    return [part.name for part in parts_of(text)]


def test_each_definition_at_the_top_is_a_part_and_what_is_between_is_one() -> None:
    assert names("import os\nX = 1\ndef f():\n    pass\nclass C: pass\nY = 2\nZ = 3\n") == ["", "f", "C", ""]


def test_the_parts_together_are_the_module() -> None:
    parts = parts_of(MODULE)
    assert "".join(part.text for part in parts) == MODULE
    assert [part.lines for part in parts] == [MODULE[: MODULE.index(part.text)].count("\n") for part in parts]


def test_a_definition_begins_with_its_decorators() -> None:
    (_, one, _) = parts_of("import a\n@a.b\n@c\ndef f(): pass\nx = 1\n")
    assert (one.name, one.lines, one.text) == ("f", 1, "@a.b\n@c\ndef f(): pass\n")


def test_lines_of_a_text_that_look_like_definitions_are_none() -> None:
    assert names(MODULE) == ["", "later", "Home", ""]


@pytest.mark.parametrize(
    "whole",
    [
        "import anthropic\ndef f(): pass\n",
        "def f():\n    from anthropic import Anthropic\n",
        "def f():\n    global x\n    x = 1\n",
        "import random\ndef f(): random.seed(1)\n",
        "def f(): pass\r\ndef g(): pass\r\n",
    ],
)
def test_a_module_that_must_be_seen_as_a_whole_is_one_part(whole: str) -> None:
    assert names(whole) == [""]


def test_places_in_a_part_are_those_in_the_whole_file() -> None:
    data = MODULE.encode()
    whole = parse(data, "m.py")
    source, definitions = parse_parts(data, "m.py", Places())
    cells = [*source.cells, *(source.cell(part.text, None, part.lines) for part in definitions)]
    assert {node for cell in cells for node in described(cell, source)} == {
        node for cell in whole.cells for node in described(cell, whole)
    }


def test_a_cut_that_goes_wrong_leaves_the_module_whole() -> None:
    text = 'x = """ # it is \\"""\ndef f(): pass\n"""\n@strange(\na)\ndef g(): pass\n'
    source, definitions = parse_parts(text.encode(), "m.py", Places())
    assert definitions == ()
    assert [type(one) for one in source.cells[0].module.body] == [cst.SimpleStatementLine, cst.FunctionDef]


def test_a_relative_import_of_another_module_of_the_same_name_is_no_mention() -> None:
    wrapper = Wrapper("app/claude/entity.py", "ask", "Base")
    assert not wrapper.mentioned(Words(b"from .entity import Other\nx.ask()", "app/ollama/task.py"))
    assert wrapper.mentioned(Words(b"from .entity import Other\nx.ask()", "app/claude/task.py"))
    assert wrapper.mentioned(Words(b"from ..claude.entity import O\nx.ask()", "app/ollama/task.py"))
    assert wrapper.mentioned(Words(b"from . import (a,\n entity)\nx.ask()", "app/claude/__init__.py"))
    assert wrapper.mentioned(Words(b"from app.claude.entity import O\nx.ask()", "app/ollama/task.py"))


def test_only_a_noqa_of_ours_may_suppress(tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_text("CLIENT = 1  # noqa: F401\n")
    (tmp_path / "ours.py").write_text("x = 1  # noqa: E501, CL201\n")
    files = Files(tmp_path, {}, {})
    assert not files.traits("theirs.py").may_suppress
    assert files.traits("ours.py").may_suppress


def test_a_definition_with_marks_in_its_name_is_a_part() -> None:
    assert [part.name for part in parts_of("def आशा():\n    pass\n")] == ["आशा"]
