"""A file as it is analysed: its syntax trees, and the places of their nodes.

A Python file has one *cell*; a notebook has one for each of its code cells, in order. Places come from generating the
code once more, which is done when the first place is asked for: a file without a Claude call never pays for it.
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Final

import libcst as cst

from claude_lint.dataclass import dataclass
from claude_lint.findings import Place
from claude_lint.reading.bodies import cut, put_back
from claude_lint.reading.errors import SourceError
from claude_lint.reading.guard import refusal
from claude_lint.reading.parts import parts_of
from claude_lint.reading.places import Piece, Places

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_lint.reading.bodies import Body
    from claude_lint.reading.parts import Part

UNREAD: Final = cst.parse_module("def _():\n    return ...\n")
"""What stands for a body that libcst does not understand where nothing is to be known of it."""

_MAGIC: Final = r"^(?P<indent>\s*)(?:(?P<target>[\w, ]+=\s*)?[!%].*|\?.*|.*\?)$"


@dataclass(frozen=True, slots=True)
class Cell:
    """One tree and its text. `index` is that of the notebook cell among all cells, or `None` for a Python file. `lines`
    is how many lines of the file are before it.
    """

    module: cst.Module
    text: str
    index: int | None = None
    lines: int = 0


@dataclass(slots=True)
class Source:
    """A parsed file. `problems` are the cells of a notebook that could not be parsed, while the others are in `cells`.

    A body that libcst does not understand, and this Python does, raises `SourceError` when it is looked into, but for
    `lenient` files: of these it says nothing.
    """

    path: str
    cells: tuple[Cell, ...] = ()
    problems: list[SourceError] = field(default_factory=list)
    places: Places = field(default_factory=Places, repr=False)
    lenient: bool = False

    def place(self, node: cst.CSTNode) -> Place:
        """The place of a node of `PLACED`. Raises `SourceError` when the tree is too deep to measure."""
        return self.places.of(node) or Place(self.path, 1)

    def code(self, node: cst.CSTNode) -> str:
        """The source text of a node, on one line."""
        return " ".join(self.cells[0].module.code_for_node(node).split())

    def cell(self, text: str, index: int | None = None, lines: int = 0) -> Cell:
        """Parse a text, of a Python file but for the bodies of its functions. Raises `SourceError`."""
        refused = refusal(text)
        if refused is not None:
            raise SourceError(self.path, refused.line, 1, index, f"not analysed: {refused.message}")
        # One broken body must cost its cell, and no other: cells are short, and parsed whole.
        without = self._without_bodies(text, lines) if index is None else None
        module = without or self._module(lambda: cst.parse_module(text), index)
        self.places.add(Piece(module, self.path, index, lines))
        return Cell(module, text, index, lines)

    def _without_bodies(self, text: str, lines: int) -> cst.Module | None:
        """The tree of a text with bodies that are parsed later, or `None` for one that must be parsed whole."""
        found = cut(text)
        if found is None:
            return None
        rest, bodies = found
        try:
            module = self._module(lambda: cst.parse_module(rest), None)
        except SourceError:
            return None
        return (
            module if put_back(module, bodies, lambda body: partial(self._body, body, text, lines)) else None
        )

    def _body(self, body: Body, text: str, lines: int) -> cst.Module:
        """The tree of a body in a text. Raises `SourceError` where libcst does not understand it, unless `lenient`."""
        before = lines + body.lines - 1
        try:
            module = self._module(body.parsed, None, before)
        except SourceError:
            if self.lenient:
                return UNREAD
            # The message has a line in it, too.
            self._module(lambda: cst.parse_module(text), None, lines)
            raise
        self.places.add(Piece(module, self.path, None, before))
        return module

    def _module(self, parsed: Callable[[], cst.Module], index: int | None, lines: int = 0) -> cst.Module:
        try:
            return parsed()
        except cst.ParserSyntaxError as error:
            line, column = max(error.raw_line, 1) + lines, error.raw_column + 1
            raise SourceError(self.path, line, column, index, f"syntax error: {error.message}") from None
        except RecursionError:
            raise SourceError(self.path, 1, 1, index, "the code is nested too deep to analyse") from None
        except Exception as error:  # noqa: BLE001 - libcst lets errors of its tokenizer through as they are
            raise SourceError(self.path, 1, 1, index, f"syntax error: {error}") from None


def parse(data: bytes, path: str) -> Source:
    """Parse a file as it is on disk. `path` is relative to the root, with `/` between its parts.

    Raises `SourceError` for a syntax error, a wrong encoding, a broken notebook, and for code that libcst would not
    survive. A single broken cell of a notebook is a problem of the result instead.
    """
    if path.endswith(".ipynb"):
        return _notebook(data, path)
    source = Source(path)
    source.cells = (source.cell(_decoded(data, path)),)
    return source


def parse_parts(data: bytes, path: str, places: Places) -> tuple[Source, tuple[Part, ...]]:
    """Parse what is at the top of a Python file, and not its definitions: these are left in parts. Raises
    `SourceError` as `parse` does.
    """
    source = Source(path, places=places, lenient=True)
    text = _decoded(data, path)
    parts = parts_of(text)
    try:
        source.cells = tuple(source.cell(part.text, None, part.lines) for part in parts if not part.name)
    except SourceError:
        source.cells, parts = (source.cell(text),), ()
    return source, tuple(part for part in parts if part.name)


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
        return Source(path)
    source = Source(path)
    for index, text in texts:
        try:
            source.cells += (_notebook_cell(text, source, index),)
        except SourceError as error:  # noqa: PERF203 - each cell can fail by itself
            source.problems.append(error)
    return source


def _notebook_cell(text: str, source: Source, index: int) -> Cell:
    """The cell as it is, else with its magics blanked: a `%` at the start of a line may stand in a string."""
    if text.lstrip().startswith("%%"):
        first, _, rest = text.lstrip().partition("\n")
        python = first.split()[0] in {"%%time", "%%timeit", "%%capture"}
        text = text[: len(text) - len(text.lstrip())] + ("\n" + rest if python else "")
    try:
        return source.cell(text, index)
    except SourceError:
        return source.cell("\n".join(_without_magic(line) for line in text.split("\n")), index)


def _without_magic(line: str) -> str:
    magic = re.match(_MAGIC, line)
    if magic is None:
        return line
    return f"{magic['indent']}{magic['target']}..." if magic["target"] else f"{magic['indent']}pass"
