"""Bodies of functions that are parsed later: they are the same then, and only then."""

from __future__ import annotations

import ast
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import claude_lint
import claude_rules
import libcst as cst
import pytest
from claude_lint.following.segments import written
from claude_lint.following.survey import Survey
from claude_lint.following.writers import Writes, writes_of
from claude_lint.reading.bodies import LaterBlock, cut
from claude_lint.reading.errors import SourceError
from claude_lint.reading.places import Piece, Places, is_placed
from claude_lint.reading.source import parse
from claude_lint.reading.walk import descendants
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from claude_lint.findings import Place
    from claude_lint.reading.source import Source

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
    "that ends like a comment": "def f(a='''\n#'''):\n",
    "with a type that ends like a comment": "def f() -> '''\n# A''':\n",
}
BODIES = {
    "of several statements": "a = 1\nb = [\n  2,\n]\nreturn a\n",
    "with comments around": "# one\n\n# two\na = 1\nb = 2\nreturn b\n# three\n",
    "with a text over lines": '"""A text:\n  in which\nlines stand"""\na = 1\nreturn f"{a!r:>{b}}"\n',
    "with more functions": "@a\ndef g():\n    x = 1\n    y = 2\n    return x\n\nclass B:\n    def h(self): ...\n",
    "with code at the left": "a = [\n1,\n2,\n]\nb = 3\nreturn b\n",
    "of one line": "return 1\n",
    "that goes on": "if a:\n    return \\\n  1\nelse:\n    while b:\n        c()\n        d()\n",
    "that waits": "async with a as b:\n    await b\n    async for c in b: yield c\nx = await d\n",
    "whose last line goes on": "a = 1\nb = 2\nreturn b \\\n",
    "whose last line goes on after all": "a = 1\nb = 2\nreturn b; \\\n\n",
    "that begins with decorators": "# one\n@a  # two\n# three\n\n@b\ndef g():\n    x = 1\n    y = 2\n",
    "with comments further in": "a = 1\nfor b in a:\n    c()\n      # a\n\n    # b\n  # c\n# d\n    # e\n",
}
TAILS = (
    "",
    "x = 1\n",
    "    # a comment\nx = 2\n",
    "@again\ndef later(): pass\n",
    "else:\n    def f(): return 2\n",
    "\n            # further in\n\n        # as far in\n    # a comment\nx = 2\n",
    "                    \n            # further in\n                    \n",
)


def nodes(
    modules: list[cst.Module], place: Callable[[cst.CSTNode], Place | None]
) -> Iterator[tuple[str, str]]:
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
    assert source.cells[0].module.code == whole.code
    in_pieces = list(nodes([cell.module for cell in source.cells], source.place))
    assert in_pieces == list(nodes([whole], places.of))
    assert source.problems == []


def methods(source: Source) -> list[cst.FunctionDef]:
    """The methods of the one class of a file."""
    (owner,) = (node for node in source.cells[0].module.body if isinstance(node, cst.ClassDef))
    return [one for one in owner.body.body if isinstance(one, cst.FunctionDef)]


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
@given(
    st.lists(
        st.sampled_from([*HEADS.values(), *TAILS, "    a()\n", "        b = '''\n", "'''\n", "\n", "#\n"])
    )
)
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
    assert "statements" not in vars(function.body.later)
    assert [type(one) for one in function.body.body] == [cst.SimpleStatementLine] * 3
    assert function.body.body is function.body.body


def test_what_this_python_does_not_understand_is_left_whole() -> None:
    assert cut("def f():\n    a = 1\n    b = = 2\n    return a\n") is None
    assert cut("def f():\r\n    a = 1\r\n    b = 2\r\n    return a\r\n") is None
    assert cut("def f(): return 1\n") is None


def test_a_node_has_no_place_of_another_that_is_gone() -> None:
    places = Places()
    for text in ("ask(a)\n", "ask(b)\n", "ask(c)\n") * 20:
        (call,) = (node for node in descendants(cst.parse_module(text)) if isinstance(node, cst.Call))
        assert places.of(call) is None
        measured = cst.parse_module(text)
        places.add(Piece(measured, "a.py", None, 0))
        assert places.of(measured.body[0]) is None
        del call, measured


def test_places_hold_in_a_body_of_a_body_that_stays() -> None:
    inner = (
        "        def g():\n            x = 1\n            y = 2\n            return h(x)\n        return g\n"
    )
    text = f"class A:\n    def f(self):\n{inner}"
    source = parse(text.encode(), "a.py")
    call = next(node for node in descendants(source.cells[0].module) if isinstance(node, cst.Call))
    place = source.place(call)
    assert (place.line, place.column, place.end_line, place.end_column) == (6, 20, 6, 24)


@pytest.mark.parametrize(
    "telling",
    [
        "client.messages.create(model=m)",
        "self.client.beta.messages.stream(model=m)",
        "send(client.messages\n        .create)",
        "create = ask.create",
        "client.messages.batches.results(b)",
        "bedrock.invoke_model(modelId=m)",
        "ChatAnthropic(model=m)",
        "global x",
        "random.seed(1)",
        "from anthropic import Anthropic",
        "import os, anthropic",
        "from unittest import mock",
        "import unittest.mock as m",
        "httpx.post('https://api.anthropic.com/v1/messages')",
        "httpx.post(url, headers={'Anthropic-Version': v})",
        r"httpx.post('x-api-key: k\nanthropic-version: v')",
        "(client).create(model=m)",
        "client \\\n        .create(model=m)",
        "client.\\\n        create(model=m)",
        "(client  # why\n        .create(model=m))",
        "(client.  # why\n        create(model=m))",
        "send(self.messages  # why\n        .create)",
        "send(self.messages.  # why\n        create)",
        "कि.create(model=m)",
        "(client.batches).results(b)",
        "(bedrock.  # why\n        converse(modelId=m))",
        "(ChatAnthropic)(model=m)",
        "ChatAnthropic \\\n        (model=m)",
        "(random).seed(1)",
        "import os, \\\n        anthropic",
        "from unittest import (\n        mock,\n    )",
        f"import {'os, ' * 200}anthropic",
    ],
)
def test_what_a_body_says_of_its_file_is_seen_without_looking_into_others(telling: str) -> None:
    other = "def other():\n    a = 1\n    b = 2\n    return a + b\n"
    text = f"{other}\ndef f():\n    a = 1\n    b = 2\n    {telling}\n"
    source, whole = parse(text.encode(), "a.py"), parse(f"{text}\r\n".encode(), "a.py")
    assert not any(isinstance(node, LaterBlock) for node in descendants(whole.cells[0].module))
    found, expected = Survey(source), Survey(whole)
    for name in ("globals", "imports_sdk", "mocks", "seeded"):
        assert getattr(found, name) == getattr(expected, name)
    assert [(site.direct, str(source.place(site.node))) for site in found.calls] == [
        (site.direct, str(whole.place(site.node))) for site in expected.calls
    ]
    untouched = source.cells[0].module.body[0]
    assert isinstance(untouched, cst.FunctionDef)
    assert isinstance(untouched.body, LaterBlock)
    assert "statements" not in vars(untouched.body.later)


@pytest.mark.parametrize(
    "writing",
    [
        "self.x = 1",
        "self.x: int = 1",
        "self.x += 1",
        "self.x //= 2",
        "self.x[0] = 1",
        "self.x[a[0]] = 1",
        "self.x[\n            'a'\n        ] = 1",
        "a = self.x = 1",
        "a, self.x = b",
        "self.x, a = b",
        "(self.x, a) = b",
        "[a, *self.x] = b",
        "(\n            self.x,\n            a,\n        ) = b",
        "del self.x[0]",
        "self.x.append(1)",
        "self.x.pop()",
        "cls.x = 1",
        "if a: self.x = 1",
        "if a: self.x, b = c",
        "a = 1; self.x, b = c",
        "(a, (b, self.x)) = c",
        "f(a).b, self.x = c",
        "a[i + 1], self.x = c",
        "(self).x = 1",
        "(self.x)[0] = 1",
        "(self.x).append(1)",
        "self \\\n            .x = 1",
        "self.x[  # a = b\n            0] = 1",
        "self.x[ask(a=1)] = 2",
        "self.x[a == b] = 1",
        f"self.x[{'a' * 400}] = 1",
        "self.x: dict[str,\n            int] = {}",
        "self.x: int",
        "self.कि = 1",
        "with a:\n            for b in c:\n                self.x = b",
        "try:\n            a()\n        except E:\n            self.x = 1",
        "def g(): self.x = 1",
    ],
)
def test_what_a_method_writes_is_seen_before_it_is_looked_into(writing: str) -> None:
    def writes(text: str) -> Writes:
        return writes_of(methods(parse(text.encode(), "a.py")))

    text = f"class A:\n    def f(self):\n        a = 1\n        b = 2\n        {writing}\n"
    found, expected = writes(text), writes(f"{text}\r\n")
    assert expected.changed | expected.grown | expected.moved
    assert (found.changed, found.grown, found.moved) == (expected.changed, expected.grown, expected.moved)
    assert {name: len(writers) for name, writers in found.writers.items()} == {
        name: len(writers) for name, writers in expected.writers.items()
    }


def test_a_method_that_only_reads_is_not_looked_into() -> None:
    text = "class A:\n    def f(self):\n        a = self.x == 1\n        b = ask(x=self.x, y=2)\n"
    text += "        return self.x[0]\n"
    (method,) = methods(parse(text.encode(), "a.py"))
    writes_of([method])
    assert isinstance(method.body, LaterBlock)
    assert "statements" not in vars(method.body.later)


@pytest.mark.parametrize(
    "piece", ["self.a, ", "self.a[", "self.a:", "a, self.a[x] ]", "import ", "a#", ")\n"]
)
def test_a_long_text_in_a_method_is_looked_through_once(piece: str) -> None:
    """What takes twice as long for half a text more would not come to an end here."""
    method = f"    def f(self):\n        a = 1\n        b = '''{piece * 100_000}'''\n        x().create = 1\n"
    source = parse(f"class A:\n{method}".encode(), "a.py")
    assert Survey(source).calls == []
    assert not writes_of(methods(source)).changed


def test_a_name_with_marks_in_it_is_found_in_a_body() -> None:
    text = "def f():\n    a = 1\n    b = 2\n    return आशा(a, b)\n"
    source = parse(text.encode(), "a.py")
    assert len(Survey(source).called("आशा")) == 1


REFUSED = "def f():\n    a = 1\n    (b): int = 2\n    return a\n"
"""libcst does not understand the annotation of a name in brackets."""


def test_a_body_that_libcst_refuses_is_an_error_where_it_is_looked_into() -> None:
    module = parse(REFUSED.encode(), "a.py").cells[0].module
    with pytest.raises(SourceError) as error:
        list(descendants(module))
    with pytest.raises(cst.ParserSyntaxError) as expected:
        cst.parse_module(REFUSED)
    assert (error.value.line, error.value.column) == (
        expected.value.raw_line,
        expected.value.raw_column + 1,
    )
    assert error.value.message == f"syntax error: {expected.value.message}"


def test_a_body_that_libcst_refuses_costs_its_cell_of_a_notebook() -> None:
    cells = [{"cell_type": "code", "source": [text]} for text in (REFUSED, "def g():\n    return 1\n")]
    source = parse(json.dumps({"cells": cells}).encode(), "a.ipynb")
    assert [cell.index for cell in source.cells] == [1]
    assert [problem.cell for problem in source.problems] == [0]


def test_warnings_about_a_file_are_none_of_the_linter() -> None:
    text = "def f():\n    a = '\\\\d'\n    assert (a, 'b')\n    return 1 is 1\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same(text)


@pytest.mark.parametrize(
    "literal",
    [
        "''",
        '"a\'b"',
        "'''a\nb'''",
        '""""a" b"""',
        r"'a\nb'",
        r"r'a\nb'",
        "u'é'",
        "b'a'",
        '"""\r\na"""',
        '""""""',
    ],
)
def test_a_literal_says_what_it_says_in_python(literal: str) -> None:
    node = cst.parse_expression(literal)
    assert isinstance(node, cst.SimpleString)
    assert written(node) == ast.literal_eval(literal)
