"""A file as it is analysed: its syntax trees, and the places of their nodes.

A Python file has one *cell*; a notebook has one for each of its code cells, in order. Places come from generating the
code once more and noting where each expression begins and ends, which is done when the first place is asked for: a
file without a Claude call never pays for it.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tokenize
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import libcst as cst
from libcst._nodes.internal import CodegenState

from claude_lint.findings import Place
from claude_lint.reading.guard import refusal
from claude_lint.reading.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_lint.reading.parts import Part

PLACED: Final = (cst.BaseExpression, cst.Arg, cst.For, cst.While, cst.FunctionDef, cst.ClassDef, cst.CompFor)
"""The nodes that have a place."""

RECURSION_LIMIT: Final = 20_000
"""libcst generates code recursively, with several frames for each level of the tree."""

_MAGIC: Final = re.compile(r"^(?P<indent>\s*)(?:(?P<target>[\w, ]+=\s*)?[!%].*|\?.*|.*\?)$")


class SourceError(Exception):
    """A file, or a cell of it, that cannot be analysed. `line` and `column` count from 1."""

    def __init__(self, path: str, line: int, column: int, cell: int | None, message: str) -> None:
        super().__init__(message)
        self.path, self.line, self.column, self.cell, self.message = path, line, column, cell, message

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"cell {self.cell}:"
        return f"{self.path}:{cell}{self.line}:{self.column}: {self.message}"


@cache
def is_placed(kind: type) -> bool:
    """Whether nodes of a type have a place."""
    return issubclass(kind, PLACED)


@dataclass(frozen=True, slots=True)
class Cell:
    """One tree. `index` is that of the notebook cell among all cells, or `None` for a Python file. `lines` is how many
    lines of the file are before it.
    """

    module: cst.Module
    index: int | None = None
    lines: int = 0


@dataclass(slots=True)
class Source:
    """A parsed file. `problems` are the cells of a notebook that could not be parsed; the others are in `cells`."""

    path: str
    cells: tuple[Cell, ...]
    problems: tuple[SourceError, ...] = ()
    _places: dict[int, Place] | None = field(default=None, repr=False)

    def place(self, node: cst.CSTNode) -> Place:
        """The place of a node of `PLACED`. Raises `SourceError` when the tree is too deep to measure."""
        return self.places().get(id(node)) or Place(self.path, 1)

    def places(self) -> dict[int, Place]:
        """The places of all nodes of `PLACED`, by their id. Raises `SourceError` as `place` does."""
        if self._places is None:
            self._places = {}
            for cell in self.cells:
                self._places.update(_places(cell, self.path))
        return self._places

    def code(self, node: cst.CSTNode) -> str:
        """The source text of a node, on one line."""
        return " ".join(self.cells[0].module.code_for_node(node).split())


class _PlacingState(CodegenState):
    """Counts lines and columns while libcst generates code, and notes where the wanted nodes are."""

    def __init__(self, cell: Cell, path: str) -> None:
        module = cell.module
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.path, self.cell = path, cell.index
        self.line, self.column = cell.lines + 1, 1
        self.places: dict[int, Place] = {}
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
        if is_placed(type(node)):
            self.starts.append((self.line, self.column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        if is_placed(type(node)):
            line, column = self.starts.pop()
            if id(node) not in self.places:
                self._note(node, line, column)

    @contextmanager
    def record_syntactic_position(
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,  # noqa: ARG002
        end_node: cst.CSTNode | None = None,  # noqa: ARG002
    ) -> Iterator[None]:
        line, column = self.line, self.column
        yield
        if is_placed(type(node)):
            self._note(node, line, column)

    def _note(self, node: cst.CSTNode, line: int, column: int) -> None:
        self.places[id(node)] = Place(self.path, line, column, self.line, self.column, self.cell)


def _places(cell: Cell, path: str) -> dict[int, Place]:
    state = _PlacingState(cell, path)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
        cell.module._codegen(state)  # noqa: SLF001
    except RecursionError:
        raise SourceError(path, 1, 1, cell.index, "the code is nested too deep to analyse") from None
    finally:
        sys.setrecursionlimit(limit)
    return state.places


def parse(data: bytes, path: str) -> Source:
    """Parse a file as it is on disk. `path` is relative to the root, with `/` between its parts.

    Raises `SourceError` for a syntax error, a wrong encoding, a broken notebook, and for code that libcst would not
    survive. A single broken cell of a notebook is a problem of the result instead.
    """
    if path.endswith(".ipynb"):
        return _notebook(data, path)
    return Source(path, (_cell(_decoded(data, path), path, None),))


def parse_parts(data: bytes, path: str) -> tuple[Source, tuple[Part, ...]]:
    """Parse what is at the top of a Python file, and not its definitions: these are left in parts. Raises
    `SourceError` as `parse` does.
    """
    text = _decoded(data, path)
    parts = parts_of(text)
    try:
        cells = tuple(parse_part(part, path).cells[0] for part in parts if not part.name)
    except SourceError:
        return Source(path, (_cell(text, path, None),)), ()
    return Source(path, cells), tuple(part for part in parts if part.name)


def parse_part(part: Part, path: str) -> Source:
    """Parse one part of the file at `path`. Raises `SourceError` as `parse` does."""
    return Source(path, (replace(_cell(part.text, path, None), lines=part.lines),))


def _decoded(data: bytes, path: str) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, LookupError):
        raise SourceError(path, 1, 1, None, "the encoding that the file declares is unknown") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            path, line, 1, None, f"the file is not {error.encoding} text; declare its encoding"
        ) from None


def _cell(text: str, path: str, index: int | None) -> Cell:
    refused = refusal(text)
    if refused is not None:
        raise SourceError(path, refused.line, 1, index, f"not analysed: {refused.message}")
    try:
        return Cell(cst.parse_module(text), index)
    except cst.ParserSyntaxError as error:
        line, column = max(error.raw_line, 1), error.raw_column + 1
        raise SourceError(path, line, column, index, f"syntax error: {error.message}") from None
    except RecursionError:
        raise SourceError(path, 1, 1, index, "the code is nested too deep to analyse") from None
    except Exception as error:  # noqa: BLE001 - libcst lets errors of its tokenizer through as they are
        raise SourceError(path, 1, 1, index, f"syntax error: {error}") from None


def _notebook(data: bytes, path: str) -> Source:
    try:
        notebook = json.loads(data)
        metadata = notebook.get("metadata", {})
        kernel, language = metadata.get("kernelspec", {}), metadata.get("language_info", {})
        named = f"{kernel or ''} {language or ''}"
        texts = [
            (index, "".join(cell["source"]))
            for index, cell in enumerate(notebook["cells"])
            if cell["cell_type"] == "code"
        ]
    except json.JSONDecodeError as error:
        raise SourceError(path, error.lineno, error.colno, None, f"not a notebook: {error.msg}") from None
    except (UnicodeDecodeError, RecursionError, KeyError, TypeError, AttributeError):
        raise SourceError(path, 1, 1, None, "not a notebook of format 4 (no list of cells)") from None
    if named.strip() and "python" not in named.lower():
        return Source(path, ())
    cells: list[Cell] = []
    problems: list[SourceError] = []
    for index, text in texts:
        try:
            cells.append(_notebook_cell(text, path, index))
        except SourceError as error:  # noqa: PERF203 - each cell can fail by itself
            problems.append(error)
    return Source(path, tuple(cells), tuple(problems))


def _notebook_cell(text: str, path: str, index: int) -> Cell:
    """The cell as it is, else with its magics blanked: a `%` at the start of a line may stand in a string."""
    if text.lstrip().startswith("%%"):
        first, _, rest = text.lstrip().partition("\n")
        python = first.split()[0] in {"%%time", "%%timeit", "%%capture"}
        text = text[: len(text) - len(text.lstrip())] + ("\n" + rest if python else "")
    try:
        return _cell(text, path, index)
    except SourceError:
        return _cell("\n".join(_without_magic(line) for line in text.split("\n")), path, index)


def _without_magic(line: str) -> str:
    magic = _MAGIC.match(line)
    if magic is None:
        return line
    return f"{magic['indent']}{magic['target']}..." if magic["target"] else f"{magic['indent']}pass"
