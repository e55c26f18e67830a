"""The text of one file as it can be edited: decoded, and put together again as it was, byte for byte.

A file whose bytes would not come back the same is refused, so that a fix changes what it means to and nothing else.
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from claude_lint.dataclass import dataclass
from claude_lint.reading.sourcelines import LINE_END, notebook_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

_INDENT: Final = re.compile(rb"\{\r?\n([ \t]*)")


class UnsupportedTextError(Exception):
    """The file could not be written back as it is."""


@dataclass(frozen=True, slots=True)
class _NotebookStyle:
    """How a notebook's JSON is written."""

    indent: str | None
    ascii_only: bool
    separators: tuple[str, str]
    end: str

    def dumped(self, notebook: Any) -> bytes:
        text = json.dumps(
            notebook, indent=self.indent, ensure_ascii=self.ascii_only, separators=self.separators
        )
        return (text + self.end).encode()


@dataclass(frozen=True, slots=True)
class FileText:
    """One file's text. `units` is the text of each cell of a notebook, or of the whole Python file at `None`."""

    units: Mapping[int | None, str]
    newline: str
    encoding: str
    _data: bytes
    _style: _NotebookStyle | None = None

    @classmethod
    def read(cls, path: str, data: bytes) -> FileText:
        """The text of a Python file or notebook. Raises `UnsupportedTextError` where it cannot be kept as it is."""
        if path.endswith(".ipynb"):
            cells: dict[int | None, str] = dict(notebook_cells(data).items())
            return cls(cells, "\n", "utf-8", data, _style(data))
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            text = data.decode(encoding)
            same = text.encode(encoding) == data
        except (SyntaxError, LookupError, UnicodeError) as error:
            raise UnsupportedTextError(str(error)) from error
        if not same:
            raise UnsupportedTextError(f"{encoding} text is not kept as it is")
        first = LINE_END.search(text)
        return cls({None: text}, first[0] if first else "\n", encoding, data)

    def offset(self, cell: int | None, line: int, column: int) -> int | None:
        """Where line and column, both from 1, are in the text of a cell; `None` outside it."""
        text = self.units.get(cell)
        if text is None or line < 1 or column < 1:
            return None
        start = 0
        for _ in range(line - 1):
            found = LINE_END.search(text, start)
            if found is None:
                return None
            start = found.end()
        found = LINE_END.search(text, start)
        end = found.start() if found else len(text)
        return start + column - 1 if start + column - 1 <= end else None

    def with_line_ends(self, text: str) -> str:
        """`text`, whose lines end in LF, with the line ends of this file."""
        return text.replace("\n", self.newline)

    def can_hold(self, text: str) -> bool:
        """Whether the file's encoding has the characters of `text`."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def replaced(self, units: Mapping[int | None, str]) -> bytes:
        """The file's bytes with other text in these cells."""
        if self._style is None:
            return units[None].encode(self.encoding)
        notebook = json.loads(self._data)
        for index, text in units.items():
            assert index is not None
            cell = notebook["cells"][index]
            cell["source"] = text if isinstance(cell["source"], str) else text.splitlines(keepends=True)
        return self._style.dumped(notebook)


def _style(data: bytes) -> _NotebookStyle:
    """The way in which the notebook is written, found by writing it and comparing."""
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnsupportedTextError(str(error)) from error
    indent = _INDENT.match(data)
    tail = data[len(data.rstrip()) :].decode()
    widths = (indent[1].decode(),) if indent else (None,)
    spaces = ((",", ": "),) if indent else ((", ", ": "), (",", ":"))
    for width, ascii_only, separators in product(widths, (False, True), spaces):
        style = _NotebookStyle(width, ascii_only, separators, tail)
        try:
            if style.dumped(notebook) == data:
                return style
        except UnicodeEncodeError:  # a lone surrogate, which only the escaped form can hold
            continue
    raise UnsupportedTextError("the notebook is written in a way of its own")
