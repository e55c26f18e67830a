"""Bodies of functions that are parsed when someone looks into them.

libcst takes longer to parse a line than all else together takes for it, and most functions of a file have nothing to do
with Claude. So a file is parsed with `...` in the place of each longer body, and what stood there is kept as text.
Where the bodies are says this Python's own parser; a file that it does not understand is parsed whole. The pieces come
to what the whole would come to, places included.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, cast

import libcst as cst

from claude_lint.dataclass import dataclass
from claude_lint.reading.names import CHARACTER
from claude_lint.reading.walk import children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from libcst._nodes.internal import CodegenState

LEAST_LINES: Final = 3
"""A shorter body is parsed sooner than it is cut out."""

LEAVES: Final = frozenset(
    {cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.Decorator, cst.Arg, cst.Param}
)
"""What no function stands in that libcst and this Python's parser count alike."""

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_ODD_LINES: Final = re.compile(r"[\r\f]")
"""What makes other lines for this Python's parser than for libcst."""

_WORD: Final = re.compile(rf"{CHARACTER}+")


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a function at the top of a file or of a class: whole lines, and how many there are before them."""

    text: str
    lines: int
    asynchronous: bool

    def parsed(self) -> cst.Module:
        """The body in a function of its own, which is one line. Raises what libcst raises."""
        return cst.parse_module(f"{'async ' if self.asynchronous else ''}def _():\n{self.text}")


class Later:
    """What a body says, as text, and as the statements that `read` makes of it when they are asked for."""

    def __init__(self, text: str, read: Callable[[], cst.Module]) -> None:
        self.text, self._read = text, read

    @cached_property
    def statements(self) -> Sequence[cst.BaseStatement]:
        """The statements. Raises what `read` raises."""
        (function,) = self._module.body
        assert isinstance(function, cst.FunctionDef)
        return cast("Sequence[cst.BaseStatement]", function.body.body)

    @cached_property
    def _module(self) -> cst.Module:
        return self._read()

    @cached_property
    def words(self) -> frozenset[str]:
        """The names in the text, and what looks like one in its strings and comments."""
        return frozenset(_WORD.findall(self.text))

    def tree(self) -> ast.Module | None:
        """As this Python's own parser has it, which is quick. `None` where it gives up."""
        return _syntax_tree(f"def _():\n{self.text}")


class LaterBlock(cst.IndentedBlock):
    """The body of a function, parsed when its statements are asked for. Who walks the tree takes it for any other."""

    later: Later

    def __init__(self, stub: cst.IndentedBlock, later: Later) -> None:
        held = {"header": stub.header, "indent": stub.indent, "footer": stub.footer, "later": later}
        for name, value in held.items():
            object.__setattr__(self, name, value)

    @property
    def body(self) -> Sequence[cst.BaseStatement]:  # type: ignore[override]
        """The statements."""
        return self.later.statements

    def _codegen_impl(self, state: CodegenState) -> None:
        """As it was written. Its statements are measured by themselves."""
        self.header._codegen(state)  # noqa: SLF001
        state.add_token(self.later.text)
        state.increase_indent(state.default_indent if self.indent is None else self.indent)
        for line in self.footer:
            line._codegen(state)  # noqa: SLF001
        state.decrease_indent()


def cut(text: str) -> tuple[str, list[Body | None]] | None:
    """The text with `...` for each longer body, and of each function that stands in no other what was its body, or
    `None` where that stays. `None` for a text in which no body can be cut out. Executes nothing.
    """
    functions = _functions_in(text)
    if not functions:
        return None
    lines = StringIO(text).readlines()
    kept: list[str] = []
    bodies: list[Body | None] = []
    at = 0
    for function in functions:
        span = _span(function, lines)
        if span is None:
            bodies.append(None)
            continue
        first, last = span
        indent = lines[function.body[0].lineno - 1][: function.body[0].col_offset]
        kept += [*lines[at:first], f"{indent}...\n"]
        body = "".join(lines[first:last])
        body = body if body.endswith("\n") else f"{body}\n"
        bodies.append(Body(body, first, isinstance(function, ast.AsyncFunctionDef)))
        at = last
    return ("".join((*kept, *lines[at:])), bodies) if at else None


def put_back(
    module: cst.Module, bodies: Sequence[Body | None], read: Callable[[Body], Callable[[], cst.Module]]
) -> bool:
    """Put the bodies that were cut out where they belong. False, with nothing done, when libcst sees other functions
    than this Python's parser.
    """
    functions = list(_outermost(module))
    if len(functions) != len(bodies):
        return False
    cut_out = [(function, body) for function, body in zip(functions, bodies, strict=True) if body is not None]
    if not all(isinstance(function.body, cst.IndentedBlock) for function, _ in cut_out):
        return False
    for function, body in cut_out:
        stub = function.body
        assert isinstance(stub, cst.IndentedBlock)
        object.__setattr__(function, "body", LaterBlock(stub, Later(body.text, read(body))))
    return True


def _functions_in(text: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions that stand in no other, in their order; none for what this Python's parser does not understand."""
    tree = None if _ODD_LINES.search(text) else _syntax_tree(text)
    if tree is None:
        return []
    found = []
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, FUNCTIONS):
            found.append(node)
        elif not isinstance(node, ast.expr):
            stack.extend(ast.iter_child_nodes(node))
    return sorted(found, key=lambda function: function.lineno)


def _syntax_tree(text: str) -> ast.Module | None:
    """The tree of this Python's own parser, or `None` where it does not understand the text. Prints nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _span(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str]) -> tuple[int, int] | None:
    """The lines of a body, with the comments before its first statement, or `None` for one that stays."""
    start = function.body[0]
    first = min([start.lineno, *(one.lineno for one in getattr(start, "decorator_list", ()))]) - 1
    last = function.end_lineno or 0
    before = lines[first][: start.col_offset]
    # A line that goes on after the last statement is no end of a body.
    if last - first < LEAST_LINES or before.strip() or lines[last - 1].endswith("\\\n"):
        return None
    head = _head_lines(function)
    while first > head and lines[first - 1].lstrip()[:1] in {"", "#"}:
        first -= 1
    return first, _with_comments(last, len(before), lines)


def _head_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The last line of what is before the body, as far as a parameter or a type stands there."""
    parts: list[Any] = [*ast.iter_child_nodes(function.args), *filter(None, [function.returns])]
    return max([function.lineno, *(one.end_lineno or 0 for one in parts)])


def _with_comments(last: int, indent: int, lines: Sequence[str]) -> int:
    """The end of a body with the comments and spaces after it that are further in: they belong to a statement in it."""
    for at in range(last, len(lines)):
        line = lines[at].rstrip("\n")
        code = line.lstrip()
        if code[:1] not in {"", "#"}:
            break
        if len(line) - len(code) > indent:
            last = at + 1
    return last


def _outermost(module: cst.Module) -> Iterator[cst.FunctionDef]:
    """The functions that stand in no other, in their order."""
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        if type(node) is cst.FunctionDef:
            yield node
        elif type(node) not in LEAVES:
            stack += reversed(children(node))
