"""Bodies of functions that are parsed later: they are the same then, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import claude_lint
import claude_rules
import libcst as cst
import pytest
from claude_lint.reading.bodies import LaterBlock, cut
from claude_lint.reading.places import Piece, Places, is_placed
from claude_lint.reading.source import parse
from claude_lint.reading.walk import descendants
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from claude_lint.findings import Place

OWN = sorted(
    path for room in (claude_lint, claude_rules) for path in Path(str(room.__file__)).parent.rglob("*.py")
)

HEADS = {
    "decorated": "@a(\n    1,\n)\n@b\ndef f(x: int = (1, 2)[0]) -> 'A':  # why\n",
    "on several lines": "def f(\n    a,  # the first\n    *, b=lambda: 1,\n):\n",
    "asynchronous": "async def f():\n",
    "in a class": "class A:\n  x = 1\n\n  @property\n  def f(self):\n",
    "in a branch": "if a:\n    pass\nelif b:\n    try:\n        c()\n    except E:\n        def f():\n",
    "with type parameters": "def f[T](a: T) -> T:\n",
}
BODIES = {
    "of several statements": "a = 1\nb = [\n  2,\n]\nreturn a\n",
    "with comments around": "# one\n\n# two\na = 1\nb = 2\nreturn b\n# three\n",
    "with a text over lines": '"""A text:\n  in which\nlines stand"""\na = 1\nreturn f"{a!r:>{b}}"\n',
    "with more functions": "@a\ndef g():\n    x = 1\n    y = 2\n    return x\n\nclass B:\n    def h(self): ...\nreturn g\n",
    "with code at the left": "a = [\n1,\n2,\n]\nb = 3\nreturn b\n",
    "of one line": "return 1\n",
    "that goes on": "if a:\n    return \\\n  1\nelse:\n    while b:\n        c()\n        d()\n",
    "that waits": "async with a as b:\n    await b\n    async for c in b: yield c\nx = await d\n",
}
TAILS = ("", "x = 1\n", "    # a comment\nx = 2\n", "@again\ndef later(): pass\n", "else:\n    def f(): return 2\n")


def nodes(modules: list[cst.Module], place: Callable[[cst.CSTNode], Place | None]) -> Iterator[tuple[str, str]]:
    """What there is in trees, in order: kinds of nodes, and places."""
    for module in modules:
        for node in descendants(module):
            kind = "IndentedBlock" if isinstance(node, LaterBlock) else type(node).__name__
            yield kind, str(place(node)) if is_placed(type(node)) else ""


def assert_same(text: str) -> None:
    """Whether a text is the same, parsed in pieces and as a whole."""
    source = parse(text.encode(), "a.py")
    whole, places = cst.parse_module(text), Places()
    places.add(Piece(whole, "a.py", None, 0))
    assert source.cells[0].module.code == text
    in_pieces = list(nodes([cell.module for cell in source.cells], source.place))
    assert in_pieces == list(nodes([whole], places.of))
    assert source.problems == []


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_our_own_files_are_the_same_in_pieces(path: Path) -> None:
    assert_same(path.read_text())


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_any_function_is_the_same_in_pieces(head: str, body: str, tail: str) -> None:
    last = head.rstrip("\n").rpartition("\n")[2]
    indent = " " * (len(last) - len(last.lstrip()) + 4)
    text, open_brackets = head, False
    for line in body.splitlines(keepends=True):
        text += line if open_brackets or not line.strip() else indent + line
        open_brackets = line.rstrip().endswith("[") or (open_brackets and "]" not in line)
    text += tail
    try:
        cst.parse_module(text)
    except cst.ParserSyntaxError:
        return
    assert_same(text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([*HEADS.values(), *TAILS, "    a()\n", "        b = '''\n", "'''\n", "\n", "#\n"])))
def test_what_is_odd_is_parsed_whole_or_the_same(lines: list[str]) -> None:
    text = "".join(lines)
    try:
        cst.parse_module(text)
    except cst.ParserSyntaxError:
        return
    assert_same(text)


def test_a_body_is_parsed_when_its_statements_are_asked_for() -> None:
    text = "def f():\n    a = 1\n    b = 2\n    return ask(a, b)\n\n\nx = f()\n"
    module = parse(text.encode(), "a.py").cells[0].module
    function = module.body[0]
    assert isinstance(function, cst.FunctionDef)
    assert isinstance(function.body, LaterBlock)
    assert function.body._module is None  # noqa: SLF001
    assert [type(one) for one in function.body.body] == [cst.SimpleStatementLine] * 3
    assert function.body._module is not None  # noqa: SLF001
    assert function.body.body is function.body.body


def test_what_this_python_does_not_understand_is_left_whole() -> None:
    assert cut("def f():\n    a = 1\n    b = = 2\n    return a\n") is None
    assert cut("def f():\r\n    a = 1\r\n    b = 2\r\n    return a\r\n") is None
    assert cut("def f(): return 1\n") is None


def test_places_hold_in_a_body_of_a_body_that_stays() -> None:
    text = "class A:\n    def f(self):\n        def g():\n            x = 1\n            y = 2\n            return h(x)\n        return g\n"
    source = parse(text.encode(), "a.py")
    call = next(node for node in descendants(source.cells[0].module) if isinstance(node, cst.Call))
    place = source.place(call)
    assert (place.line, place.column, place.end_line, place.end_column) == (6, 20, 6, 24)
