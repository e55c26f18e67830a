"""Parsing files and notebooks, the places of nodes, and what is refused before libcst sees it."""

from __future__ import annotations

import json

import libcst as cst
import pytest
from claude_lint.reading.errors import SourceError
from claude_lint.reading.guard import MAX_DEPTH, MAX_ELEMENTS, refusal
from claude_lint.reading.places import PLACED, Piece, Places
from claude_lint.reading.source import parse
from claude_lint.reading.walk import descendants
from libcst.metadata import MetadataWrapper, PositionProvider


def notebook(*cells: str, **metadata: object) -> bytes:
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}).encode()


SAMPLE = '''
import os

class A(B[int], metaclass=M):
    """Text
    over lines."""

    @decorated(x)
    async def f(self, a: int = (1 + 2), *rest, **more) -> None:
        for i in [ (a) , *rest ]:
            x = f"é {a!r:>{self.width}} {i}" "b" \\
                'c'
        return await (self.g(x=[i for i in rest if (i)]))

if (y := os.getpid()) and not z: pass
'''


def test_places_are_those_of_libcst_for_every_expression() -> None:
    module, places = cst.parse_module(SAMPLE), Places()
    places.add(Piece(module, "a.py", None, 0))
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    compared = 0
    for node, range_ in positions.items():
        if isinstance(node, PLACED) and isinstance(node, (cst.BaseExpression, cst.Arg)):
            place = places.of(node)
            assert place is not None
            start, end = range_.start, range_.end
            assert (place.line, place.column - 1) == (start.line, start.column), node
            assert (place.end_line, place.end_column - 1) == (end.line, end.column), node
            compared += 1
    assert compared > 40


def test_places_hold_with_carriage_returns_and_a_byte_order_mark() -> None:
    source = parse(b"\xef\xbb\xbfa = 1\r\nb = call(2)\r\n", "a.py")
    call = next(node for node in descendants(source.cells[0].module) if isinstance(node, cst.Call))
    place = source.place(call)
    assert (place.line, place.column, place.end_line, place.end_column) == (2, 5, 2, 12)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"x = 1\ndef f(:\n", 2, "syntax error"),
        (b"x = 1\ny = '\xff'\n", 2, "not utf-8 text"),
        (b"# coding: klingon\n", 1, "encoding"),
        (b"x = " + b"(" * 3000 + b")" * 3000, 1, "nested"),
        (b"x = [" + b"1," * 500_000 + b"]", 1, "elements"),
        (b"x = 1" + b" + 1" * 20_000, 1, "in a row"),
        (b"x = " + b"-" * 20_000 + b"1", 1, "in a row"),
        (b"x = " + b"not " * 20_000 + b"1", 1, "in a row"),
        (b"x = " + b"'a' " * 20_000, 1, "in a row"),
        (b"x = a" + b".b" * 20_000, 1, "in a row"),
        (b"x = a" + b"()" * 20_000, 1, "in a row"),
        (b"if a: pass\n" + b"elif b: pass\n" * 3_000, 402, "elif"),
    ],
)
def test_what_cannot_be_analysed_is_an_error_with_its_line(data: bytes, line: int, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse(data, "a.py")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"a.py:{line}:")


def test_the_guard_passes_long_ordinary_code() -> None:
    table = "T = {\n" + "".join(f"    'key {n}': [-{n}, a.b.c + {n}],\n" for n in range(3000)) + "}\n"
    strings = "S = [\n" + "".join(f"    'text {n} ((((' 'more',\n" for n in range(3000)) + "]\n"
    lines = "".join(f"x{n} = x.y({n})['a'].z + 1\n" for n in range(3000))
    assert refusal(table + strings + lines) is None


def test_the_guard_looks_into_no_string_and_no_comment() -> None:
    assert refusal('x = """' + "(" * 5000 + '"""\n# ' + "[" * 5000 + "\ny = r'\\'\n") is None
    assert refusal("(" * (MAX_DEPTH - 1)) is None
    assert refusal("(" * MAX_DEPTH) is not None
    assert refusal("[" + "a," * MAX_ELEMENTS + "]") is None


def test_a_notebook_gives_its_code_cells_in_order_with_their_indices() -> None:
    document = json.loads(notebook("a = 1", "b = 2"))
    document["cells"].insert(1, {"cell_type": "markdown", "source": ["not ( python"]})
    source = parse(json.dumps(document).encode(), "n.ipynb")
    assert [cell.index for cell in source.cells] == [0, 2]


def test_magics_are_blanked_and_lines_keep_their_numbers() -> None:
    data = notebook("%pip install x\n!ls\nfiles = !ls *.txt\nif x:\n    %time y()\nhelp?\ncall()")
    source = parse(data, "n.ipynb")
    call = [node for node in descendants(source.cells[0].module) if isinstance(node, cst.Call)][-1]
    assert (source.place(call).cell, source.place(call).line) == (0, 7)
    assert source.problems == []


def test_a_line_of_a_string_that_looks_like_a_magic_is_kept() -> None:
    source = parse(notebook('text = """\n%d items\n!important\n"""'), "n.ipynb")
    assert "%d items" in source.cells[0].module.code


def test_a_cell_of_another_language_is_blank_and_timed_cells_are_code() -> None:
    source = parse(notebook("%%bash\nls (", "%%time\nf(x)"), "n.ipynb")
    assert source.problems == []
    calls = [n for cell in source.cells for n in descendants(cell.module) if isinstance(n, cst.Call)]
    assert [source.place(call).line for call in calls] == [2]


def test_a_broken_cell_is_a_problem_and_the_others_are_analysed() -> None:
    source = parse(notebook("a = 1", "x\ndef (", "b = 2"), "n.ipynb")
    assert [cell.index for cell in source.cells] == [0, 2]
    assert [(problem.cell, problem.line) for problem in source.problems] == [(1, 2)]


@pytest.mark.parametrize(
    "data",
    [b"{", b"[]", b'{"cells": 1}', b'{"cells": [1]}', b"\xff\xfe", b'{"cells": [{"cell_type": "code"}]}'],
)
def test_a_broken_notebook_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceError, match="not a notebook"):
        parse(data, "n.ipynb")


def test_a_notebook_of_another_language_has_no_cells() -> None:
    assert parse(notebook("x <- (", language_info={"name": "R"}), "n.ipynb").cells == ()


def test_top_level_await_is_no_syntax_error() -> None:
    assert parse(notebook("x = await f()"), "n.ipynb").problems == []
