"""The places of nodes: generates the code once more and notes where each expression begins and ends.

Nodes of libcst do not know where they stand. A tree is measured when the first place in it is asked for, and a body
that is parsed later is measured then, by itself.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import libcst as cst
from libcst._nodes.internal import CodegenState

from claude_lint.dataclass import dataclass
from claude_lint.findings import Place
from claude_lint.reading.errors import SourceError

if TYPE_CHECKING:
    from types import TracebackType

PLACED: Final = (cst.BaseExpression, cst.Arg, cst.For, cst.While, cst.FunctionDef, cst.ClassDef, cst.CompFor)
"""The nodes that have a place."""

RECURSION_LIMIT: Final = 20_000
"""libcst generates code recursively, with several frames for each level of the tree."""


@cache
def is_placed(kind: type) -> bool:
    """Whether nodes of a type have a place."""
    return issubclass(kind, PLACED)


@dataclass(frozen=True, slots=True)
class Piece:
    """A tree that was parsed by itself: the file, the index of the cell in a notebook, and how many lines of the file
    are before it.
    """

    module: cst.Module
    path: str
    cell: int | None
    lines: int


class Places:
    """The places of the nodes of trees, by the id of the node. Trees are measured when the next place is asked for, and
    kept: a node that is gone would leave its id, and so its place, to another.
    """

    def __init__(self) -> None:
        self._found: dict[int, Place] = {}
        self._unmeasured: list[Piece] = []
        self._kept: list[cst.Module] = []

    def add(self, piece: Piece) -> None:
        """Measure a tree too, once that is needed."""
        self._kept.append(piece.module)
        self._unmeasured.append(piece)

    def of(self, node: Any) -> Place | None:
        """The place of a node of `PLACED`, or `None` for what is not in these trees. Raises `SourceError` for a tree
        that is nested too deep."""
        while self._unmeasured:
            _measure(self._unmeasured.pop(), self._found)
        return self._found.get(id(node))

    def clear(self) -> None:
        """Forget all trees."""
        self._found.clear()
        self._unmeasured.clear()
        self._kept.clear()


class PlacingState(CodegenState):
    """Counts lines and columns while libcst generates code, and notes where the wanted nodes are."""

    def __init__(self, piece: Piece, places: dict[int, Place]) -> None:
        module = piece.module
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.path, self.cell = piece.path, piece.cell
        self.line, self.column = piece.lines + 1, 1
        self.places = places
        self.starts: list[tuple[int, int]] = []

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.column += len(token)

    def add_token(self, value: str) -> None:
        breaks = value.count("\n")
        if breaks:
            self.line += breaks
            self.column = len(value) - value.rfind("\n")
        elif value == "\r":
            self.line, self.column = self.line + 1, 1
        else:
            self.column += len(value)

    def pop_trailing_newline(self) -> None:
        """Nothing is kept that could be popped."""

    def before_codegen(self, node: cst.CSTNode) -> None:
        if type(node) is cst.CompFor:
            self.starts.append((self.line, self.column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        """The one kind of `PLACED` that does not record its position itself."""
        if type(node) is cst.CompFor:
            self.note(node, *self.starts.pop())

    def record_syntactic_position(
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,  # noqa: ARG002
        end_node: cst.CSTNode | None = None,  # noqa: ARG002
    ) -> Any:
        return _Noting(self, node) if is_placed(type(node)) else _NOT_NOTED

    def note(self, node: cst.CSTNode, line: int, column: int) -> None:
        """Note that a node begins there, and ends here."""
        self.places[id(node)] = Place(self.path, line, column, self.line, self.column, self.cell)


class _Noting:
    """While it is entered, a node is generated without what is around it."""

    __slots__ = ("column", "line", "node", "state")

    def __init__(self, state: PlacingState, node: cst.CSTNode) -> None:
        self.state, self.node = state, node
        self.line, self.column = state.line, state.column

    def __enter__(self) -> None:
        """It is made where it is entered."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.state.note(self.node, self.line, self.column)


class _NotNoted:
    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing is noted."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is noted."""


_NOT_NOTED: Final = _NotNoted()


def _measure(piece: Piece, places: dict[int, Place]) -> None:
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
        piece.module._codegen(PlacingState(piece, places))  # noqa: SLF001
    except RecursionError:
        raise SourceError(piece.path, 1, 1, piece.cell, "the code is nested too deep to analyse") from None
    finally:
        sys.setrecursionlimit(limit)
